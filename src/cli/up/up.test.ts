import { describe, expect, it } from 'vitest';
import { printLines } from '../text/index.ts';
import { readListen } from '../commands/serve.ts';
import { nodeName, planUp, renderIntention, type FoundHaproxy } from './plan.ts';

const found: FoundHaproxy = {
  name: 'haproxy',
  pid: 42,
  configFiles: ['/etc/haproxy/haproxy.cfg'],
  statsSocket: { address: '/run/haproxy/admin.sock', level: 'admin' },
  findings: [{ blocks: false, message: 'no master socket: this needs a restart, not a reload.' }],
};
const options = { node: 'lb1', dataFolder: '/data', listen: { host: '127.0.0.1', port: 8700 } };

describe('what `up` finds', () => {
  it('is told in one sentence each, with what is in the way', () => {
    const closed = {
      ...found,
      name: 'ldap',
      pid: 43,
      statsSocket: undefined,
      findings: [{ blocks: true, message: 'haproxy.cfg has no stats socket: add one and reload HAProxy.' }],
    };
    const plan = planUp([found, closed]);
    expect(plan.instances).toEqual(['haproxy']);
    expect(printLines([...plan.lines, ...renderIntention(plan, options)])).toBe(`\
Found HAProxy haproxy, pid 42: /etc/haproxy/haproxy.cfg, /run/haproxy/admin.sock (level admin).
  better: no master socket: this needs a restart, not a reload.
Found HAProxy ldap, pid 43: /etc/haproxy/haproxy.cfg.
  missing: haproxy.cfg has no stats socket: add one and reload HAProxy.
Would keep its data in /data, and listen on 127.0.0.1:8700.
Would start a server and an agent (node lb1) for haproxy, and write the context \`local\`.
HAProxy itself would not be touched: nothing is written to it, its files or its sockets until you ask for a change.
`);
  });

  it('may be nothing at all', () => {
    const plan = planUp([]);
    expect(printLines([...plan.lines, ...renderIntention(plan, options)])).toContain(
      'No HAProxy runs on this machine',
    );
    expect(plan.instances).toEqual([]);
  });

  it('names the node after the machine', () => {
    expect(nodeName('lb1.example.org')).toBe('lb1');
    expect(nodeName('-odd name!')).toBe('localhost');
    expect(nodeName('')).toBe('localhost');
  });
});

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:8700', '127.0.0.1', 8700],
    ['[::1]:8700', '::1', 8700],
    [':8700', '0.0.0.0', 8700],
    ['8700', '127.0.0.1', 8700],
    ['lb1.example.org:0', 'lb1.example.org', 0],
  ])('%s', (text, host, port) => {
    expect(readListen(text)).toEqual({ host, port });
  });

  it.each(['', 'host', 'host:', '1.2.3.4:99999', '::1:8700'])('is not %j', (text) => {
    expect(() => readListen(text)).toThrow(/is not HOST:PORT/);
  });
});
