import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { NOW, readFleet } from '../status/cases/read-fleet.ts';
import { createTestWorld, errorAnswer, type Script, type TestWorldOptions } from '../support/test-world.ts';

const fleet = readFleet(`
nodes: lb[1-4]
servers:
  web/web[1-3]: UP
  web/web2: DOWN L7STS/503 4m
  api/api2: UP
  api/api1: { "lb[1-3]": UP, lb4: MAINT hand 1h }
intents: [CHG-3 maint api/api1 on lb4 by mara why "disk" left 45m]
`);

const node = {
  name: 'lb1',
  labels: { role: 'edge' },
  connected: true,
  agent: '0.1.0',
  protocol: '1.0',
  lastSeen: NOW - 1_000,
  enrolledAt: NOW - 86_400_000,
  applied: { epoch: 1, revision: 7 },
  wanted: { epoch: 1, revision: 7 },
  standing: 'known',
  instances: fleet.instances.slice(0, 1),
};
const away = {
  ...node,
  name: 'lb2',
  labels: {},
  connected: false,
  lastSeen: NOW - 120_000,
  applied: { epoch: 1, revision: 5 },
};

const script: Script = ({ method, path, body }) => {
  if (path.startsWith('/v1/status')) return fleet;
  if (path === '/v1/nodes') return { items: [away, node] };
  if (path === '/v1/nodes/lb1') return node;
  if (path === '/v1/backends/web')
    return { name: 'web', minHealthy: method === 'PATCH' ? body?.['minHealthy'] : '50%' };
  if (path.startsWith('/v1/changes?')) return { items: [] };
  return errorAnswer(404, 'not-found', 'nothing here');
};

async function act(argv: readonly string[], options: TestWorldOptions = { script }) {
  const test = createTestWorld({ nowMs: NOW, ...options });
  const exit = await test.run(...argv);
  return { exit, out: test.out(), err: test.err(), requests: test.requests };
}

describe('status', () => {
  it('exits by its verdict', async () => {
    expect((await act(['status'])).exit).toBe(1);
  });

  it('has every format', async () => {
    const json = JSON.parse((await act(['status', '--json'])).out) as Record<string, unknown>;
    expect(json).toMatchObject({ apiVersion: 'hafleet/v1', kind: 'Status', verdict: 'WARNING' });
    expect(Object.keys(json)).toEqual(['apiVersion', 'kind', 'generatedAt', 'verdict', 'items']);
    expect(parseYaml((await act(['status', '-o', 'yaml'])).out)).toEqual(json);
    expect((await act(['status', '-o', 'name'])).out).toBe('api\nweb\n');
    expect((await act(['status', '-o', 'nagios'])).out).toMatch(
      /^HAFLEET WARNING - .* \| up=\d+;;;0;5 [^\n]*\n$/,
    );
    const plain = (await act(['status', '-o', 'plain'])).out.split('\n');
    expect(plain).toHaveLength(4 * 5 + 1);
    expect(plain[1]?.split('\t').slice(0, 6)).toEqual(['lb1', 'http', 'web', 'web2', 'DOWN', 'ready']);
    expect((await act(['status', '-o', 'milkcheck'])).exit).toBe(6);
    expect((await act(['status', 'web/web1', '-o', 'milkcheck'])).exit).toBe(0);
  });

  it('takes its format from the environment, and a flag beats it', async () => {
    const env = { HAFLEET_OUTPUT: 'name' };
    expect((await act(['status'], { script, env })).out).toBe('api\nweb\n');
    expect((await act(['status', '-o', 'nagios'], { script, env })).out).toMatch(/^HAFLEET/);
  });

  it('picks and sorts columns', async () => {
    const { out } = await act(['status', '--columns', 'usable,backend', '--sort', '-backend']);
    expect(out.split('\n')[0]).toBe('USABLE  BACKEND');
    expect((await act(['status', '--columns', 'nope'])).err).toContain('columns: backend, usable');
  });

  it('narrows to what was asked for, and knows near misses', async () => {
    expect((await act(['status', 'api'])).out).not.toContain('web');
    const { exit, err } = await act(['status', 'wbe/web1']);
    expect(exit).toBe(64);
    expect(err).toContain('did you mean web/web1');
  });

  it('leaves node sets to the server, which knows the groups', async () => {
    const { requests } = await act(['status', '--on', '@edge', '--exclude', 'lb3,lb[5-6]']);
    expect(decodeURIComponent(requests[0]?.path ?? '')).toBe('/v1/status?on=@edge!lb3!lb[5-6]');
  });

  it('prints neither colours nor cut lines into a pipe, and colours on a terminal', async () => {
    expect((await act(['status'])).out).not.toContain('\x1b');
    expect((await act(['status'], { script, isTty: true })).out).toContain('\x1b[33mWARNING');
    expect((await act(['status', '--no-color'], { script, isTty: true })).out).not.toContain('\x1b');
    expect((await act(['status', '--color=always'])).out).toContain('\x1b[33mWARNING');
    expect((await act(['status', '--color=loud'])).exit).toBe(64);
  });

  it('watches until Ctrl-C, one document a line with json, also over a restart of the server', async () => {
    let asked = 0;
    const test = createTestWorld({
      script: (request, world) => {
        asked++;
        if (asked === 5) world.signal();
        return asked === 2 || asked === 3 ? undefined : script(request, world);
      },
    });
    expect(await test.run('status', '-w', '--json')).toBe(1);
    const lines = test.out().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ kind: 'Status' });
    expect(test.err()).toContain('no answer from the hafleet server');
  });

  it('shows the error of the server as every command does', async () => {
    const { exit, err } = await act(['status'], {
      script: () => errorAnswer(401, 'token-wrong', 'who are you'),
    });
    expect([exit, err]).toEqual([13, 'error: who are you\n']);
  });
});

describe('lists', () => {
  it('show servers with their states, load balancers folded', async () => {
    const { out } = await act(['server', 'list', 'api']);
    expect(out).toContain('api/api1  ● UP     lb[1-3]');
    expect(out).toContain('api/api1  ‖ MAINT  lb4');
    expect(out).toContain('by mara "disk", 45m left, CHG-3');
    expect((await act(['server', 'list', '-o', 'name'])).out).toBe(
      'api/api1\napi/api2\nweb/web1\nweb/web2\nweb/web3\n',
    );
  });

  it('show backends and their floors', async () => {
    const { out } = await act(['backend', 'list']);
    expect(out).toMatch(/^BACKEND +VERDICT +USABLE +FLOOR +SERVERS +ON\napi +WARNING/);
    expect((await act(['backend', 'list', '-o', 'plain', '--columns', 'backend,floor'])).out).toBe(
      'api\t50%\nweb\t50%\n',
    );
  });

  it('show nodes, those away at the end of the line', async () => {
    const { out } = await act(['node', 'list']);
    expect(out).toContain('lb1   connected  now');
    expect(out).toContain('lb2   away       2m ago');
    expect(out).toContain('behind');
    expect(out).toMatch(/2 nodes: lb\[1-2\]; away: lb2\n$/);
    expect((await act(['node', 'list', '@role:edge', '--expand'])).out).toBe('lb1\n');
    expect((await act(['node', 'list', '@nope'])).exit).toBe(64);
  });

  it('say so when there is nothing', async () => {
    expect((await act(['change', 'list'])).out).toBe('no changes yet\n');
  });

  it('refuse formats that only status has', async () => {
    expect((await act(['node', 'list', '-o', 'nagios'])).exit).toBe(64);
  });

  it('show one node', async () => {
    const { out } = await act(['node', 'show', 'lb1']);
    expect(out).toContain('lb1: agent 0.1.0 connected');
    expect(out).toContain('labels role:edge');
  });
});

describe('backend set', () => {
  it('shows the change and asks; nothing is sent where it is so already', async () => {
    const set = await act(['backend', 'set', 'web', '--min-healthy', '60%', '--yes', '--reason', 'peak']);
    expect(set.exit).toBe(0);
    expect(set.err).toContain('floor of web: 50% -> 60%');
    expect(set.requests.at(-1)).toMatchObject({
      method: 'PATCH',
      body: { minHealthy: '60%', reason: 'peak' },
    });
    const same = await act(['backend', 'set', 'web', '--min-healthy', '50%', '--yes']);
    expect(same.out).toBe('already so: the floor of web is 50%\n');
    expect(same.requests).toHaveLength(1);
    expect((await act(['backend', 'set', 'web', '--default'])).exit).toBe(64);
  });
});

describe('contexts', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hafleet-contexts-'));
    writeFileSync(join(folder, 'token'), 't\n', { mode: 0o600 });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const env = () => ({ XDG_CONFIG_HOME: folder, HAFLEET_SERVER: '', HAFLEET_TOKEN: '' });

  it('are added, chosen, used and removed', async () => {
    const at = (...argv: string[]) => act(argv, { script, env: env() });
    expect((await at('status')).exit).toBe(64);
    const token = join(folder, 'token');
    expect(
      (await at('context', 'add', 'prod', '--server', 'http://127.0.0.1:1', '--token-file', token)).exit,
    ).toBe(0);
    await at('context', 'add', 'lab', '--server', 'http://127.0.0.2:1', '--token-file', token);
    expect((await at('context', 'list', '-o', 'name')).out).toBe('prod\nlab\n');
    expect((await at('status')).out).toMatch(/^prod /);
    expect((await at('status', '--context', 'lab')).out).toMatch(/^lab /);
    expect((await at('context', 'use', 'laab')).err).toContain('did you mean lab?');
    await at('context', 'use', 'lab');
    expect((await at('context', 'show', '-o', 'name')).out).toBe('lab\n');
    await at('context', 'remove', 'lab');
    expect(readFileSync(join(folder, 'hafleet/config.yaml'), 'utf8')).not.toContain('lab');
    expect((await at('status')).exit).toBe(64);
  });

  it('warn when others can read the token', async () => {
    const path = join(folder, 'open');
    writeFileSync(path, 't\n', { mode: 0o644 });
    const { err } = await act(['status', '--server', 'http://127.0.0.1:1', '--token-file', path], {
      script,
      env: env(),
    });
    expect(err).toContain('can be read by others (mode 0644)');
  });

  it.each(['http://10.0.0.1:1', 'http://lb.example.org', 'http://127.example.org'])(
    'send no token in the clear off loopback: %s',
    async (server) => {
      const path = join(folder, 'token');
      writeFileSync(path, 't\n', { mode: 0o600 });
      const { err, exit } = await act(['status', '--server', server, '--token-file', path], {
        script,
        env: env(),
      });
      expect([exit, err]).toEqual([13, expect.stringContaining('in the clear')]);
    },
  );

  it('without a token exit 13', async () => {
    expect((await act(['status', '--server', 'http://127.0.0.1:1'], { script, env: env() })).exit).toBe(13);
  });
});

describe('--socket', () => {
  it('is refused where a control server is needed', async () => {
    const { exit, err } = await act(['change', 'list', '--socket', '/run/haproxy.sock']);
    expect(exit).toBe(64);
    expect(err).toContain('needs a control server');
  });

  it('exits 14 where there is no HAProxy', async () => {
    expect((await act(['status', '--socket', '/nonexistent/haproxy.sock'])).exit).toBe(14);
  });
});
