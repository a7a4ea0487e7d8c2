import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { printAgentFile } from './agent-file.ts';
import { pathsIn } from './haproxy.ts';

describe("the harness's agent file", () => {
  it('names the sockets of every instance', () => {
    const text = printAgentFile({
      name: 'lb1',
      labels: { role: 'edge' },
      servers: ['http://127.20.1.1:8700'],
      dataFolder: '/tmp/x/data',
      tokenFile: '/tmp/x/token',
      instances: [
        { name: 'http', paths: pathsIn('/tmp/x/lb1/http'), hasStateFile: true },
        { name: 'ldap', paths: pathsIn('/tmp/x/lb1/ldap'), more: { reload: '/bin/true' } },
      ],
      more: { readOnly: true },
    });
    expect(parse(text)).toEqual({
      name: 'lb1',
      labels: { role: 'edge' },
      servers: [{ url: 'http://127.20.1.1:8700' }],
      tokenFile: '/tmp/x/token',
      dataFolder: '/tmp/x/data',
      allow: ['observe', 'servers', 'maps', 'reload'],
      readOnly: true,
      instances: [
        {
          name: 'http',
          mode: 'observe',
          config: '/tmp/x/lb1/http/haproxy.cfg',
          statsSocket: '/tmp/x/lb1/http/admin.sock',
          masterSocket: '/tmp/x/lb1/http/master.sock',
          stateFile: '/tmp/x/lb1/http/server-state',
        },
        {
          name: 'ldap',
          mode: 'observe',
          config: '/tmp/x/lb1/ldap/haproxy.cfg',
          statsSocket: '/tmp/x/lb1/ldap/admin.sock',
          masterSocket: '/tmp/x/lb1/ldap/master.sock',
          reload: '/bin/true',
        },
      ],
    });
  });
});
