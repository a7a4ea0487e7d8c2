import { describe, expect, it } from 'vitest';
import { diagnoseFleet, type FleetFacts, type FleetServer } from './fleet.ts';

const server = (node: string, more: Partial<FleetServer> = {}): FleetServer => ({
  node,
  instance: 'http',
  backend: 'web',
  server: 'web1',
  address: '10.0.0.1',
  port: 80,
  ...more,
});

function check(facts: Partial<FleetFacts>) {
  const found = diagnoseFleet({ nodes: [], servers: [], instances: [], ...facts });
  return found.map(({ severity, id, verdict, evidence }) => ({ is: `${severity} ${id}`, verdict, evidence }));
}

describe('what only the server can tell', () => {
  it('a clock that is off by more than two seconds is a warning, either way', () => {
    const nodes = [
      { node: 'lb1', skewMs: 2_000 },
      { node: 'lb2', skewMs: -3_600_000 },
      { node: 'lb3', skewMs: 2_400 },
      { node: 'lb4', skewMs: null },
    ];
    expect(check({ nodes })).toEqual([
      {
        is: 'warning clock-skew',
        verdict: 'the clocks of lb[2-3] differ from the server’s by up to 3600.0 s',
        evidence: ['lb2: -3600.0 s', 'lb3: +2.4 s'],
      },
    ]);
    expect(check({ nodes: nodes.slice(0, 1) })).toMatchObject([{ is: 'ok clock-skew' }]);
    expect(check({ nodes: nodes.slice(3) })).toEqual([]);
  });

  it('names the versions, those of most nodes first', () => {
    const instances = ['lb1', 'lb2', 'lb3'].map((node) => ({
      node,
      instance: 'http',
      version: node === 'lb2' ? '3.0.11' : '3.2.9',
    }));
    expect(check({ instances })).toMatchObject([
      { is: 'warning version-spread', verdict: 'HAProxy versions differ: lb[1,3] 3.2.9, lb2 3.0.11' },
    ]);
    expect(check({ instances: instances.slice(2) })).toEqual([]);
  });

  it('a name that means two addresses is told, a server that stands everywhere is not', () => {
    const servers = [server('lb1'), server('lb2'), server('lb3', { address: '10.0.0.9' })];
    expect(check({ servers })).toMatchObject([
      {
        is: 'warning name-means-two-servers',
        evidence: ['web/web1: 10.0.0.1:80 on lb[1-2], 10.0.0.9:80 on lb3'],
      },
    ]);
    expect(check({ servers: servers.slice(0, 2) })).toEqual([]);
    expect(check({ servers: [server('lb1'), server('lb2', { address: null })] })).toEqual([]);
  });

  it('counts the checks that three load balancers make in four backends: 24 a second at 500 ms (S1.13)', () => {
    const servers = ['lb1', 'lb2', 'lb3'].flatMap((node) =>
      ['a', 'b', 'c', 'd'].map((backend) => server(node, { backend, checkIntervalMs: 500 })),
    );
    expect(check({ servers })).toMatchObject([
      {
        is: 'warning check-load',
        evidence: ['a/web1 10.0.0.1:80: 24 checks/s from 3 instances and 4 backends'],
      },
    ]);
    expect(check({ servers: servers.slice(0, 5) })).toMatchObject([{ is: 'ok check-load' }]);
  });

  it('takes a server on the loopback of each node for as many servers', () => {
    const servers = ['lb1', 'lb2', 'lb3'].map((node) =>
      server(node, { address: '127.0.0.1', checkIntervalMs: 200 }),
    );
    expect(check({ servers })).toMatchObject([
      { is: 'ok check-load', verdict: '5 checks/s per server at most' },
    ]);
  });
});
