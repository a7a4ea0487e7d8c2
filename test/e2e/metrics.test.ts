import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFleet, testedVersions, waitUntil, type Fleet } from '../../dev/index.ts';

/** Where dev/setup.sh puts it; the same rule as there. */
const CACHE =
  process.env['HAFLEET_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hafleet');
const PROMTOOL = join(CACHE, 'promtool/promtool');

let fleet: Fleet;
let ports: { server: number; agents: readonly number[] };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What Prometheus itself says to it: format, names, units, help. */
function promtool(text: string): { status: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync(PROMTOOL, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error) throw new Error(`${PROMTOOL} does not run: bash dev/setup.sh promtool (${error.message})`);
  return { status, said: stdout + stderr };
}

const scrape = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
const linesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

beforeAll(async () => {
  const version = testedVersions().at(-1) ?? 'system';
  ports = { server: await freePort(), agents: [await freePort(), await freePort()] };
  fleet = await startFleet({
    nodes: ['lb1', 'lb2'].map((name, at) => ({
      name,
      version,
      agent: { more: { metrics: { listen: `127.0.0.1:${ports.agents[at]}` } } },
    })),
    backends: { web: ['web1', 'web2', 'web3', 'web4'] },
    control: { args: ['--metrics-listen', `127.0.0.1:${ports.server}`] },
  });
  const out = await fleet.hafleet('server', 'disable', 'web/web1', '--yes', '--reason', 'disk');
  expect(out.code, out.stderr + out.stdout).toBe(0);
  await fleet.instance('lb1/http').haproxy.reload('signal');
  await fleet.app('web4').behave({ kind: 'fail', status: 503 });
}, 60_000);

afterAll(() => fleet.close());

describe('the metrics of a real fleet', () => {
  it('of the server are as Prometheus wants them, and tell what happened', async () => {
    const wanted = [
      'hafleet_server_state_nodes{backend="web",server="web4",state="down"} 2',
      'hafleet_server_state_nodes{backend="web",server="web1",state="maint"} 2',
      'hafleet_node_reloads_total{node="lb1"} 1',
      'hafleet_changes_total{kind="disable",source="api",result="done"} 1',
      'hafleet_node_up{node="lb2"} 1',
    ];
    const text = await waitUntil(
      async () => {
        const exposed = await scrape(ports.server);
        return wanted.every((line) => exposed.split('\n').includes(line)) && exposed;
      },
      { for: `the series ${wanted.join(' ')}`, timeoutMs: 20_000 },
    );
    expect(promtool(text)).toEqual({ status: 0, said: '' });
  });

  it('of the API are the same, for a token', async () => {
    const { control } = fleet;
    const headers = { authorization: `Bearer ${readFileSync(control?.adminTokenFile ?? '', 'utf8').trim()}` };
    const answer = await fetch(`${control?.url}/metrics`, { headers });
    expect(answer.headers.get('content-type')).toContain('version=0.0.4');
    expect(promtool(await answer.text())).toEqual({ status: 0, said: '' });
    expect((await fetch(`${control?.url}/metrics`)).status).toBe(401);
  });

  it('of an agent are as Prometheus wants them, and tell what it did', async () => {
    const text = await scrape(ports.agents[0] ?? 0);
    expect(promtool(text)).toEqual({ status: 0, said: '' });
    expect(linesOf(text, 'hafleet_agent_reloads_total')).toEqual([
      'hafleet_agent_reloads_total{haproxy="http"} 1',
    ]);
    expect(text).toContain('hafleet_agent_operations_total{haproxy="http",kind="set-state",result="ok"}');
    expect(text).toContain('hafleet_agent_poll_duration_seconds_bucket{haproxy="http",le="+Inf"}');
    expect(text).toContain('hafleet_agent_haproxy_up{haproxy="http"} 1');
  });
});

describe('events and alarms of a real fleet', () => {
  it('tell of the reload, the server that went down, and the change', async () => {
    const told = await waitUntil(
      async () => {
        const { stdout } = await fleet.hafleet('event', 'list', '--limit', '200');
        return (
          ['new worker', 'web/web4 DOWN', 'CHG-1 disable web/web1: done'].every((text) =>
            stdout.includes(text),
          ) && stdout
        );
      },
      { for: 'the events', timeoutMs: 20_000 },
    );
    expect(told.split('\n').find((line) => line.includes('web/web4 DOWN'))).toContain('warning');
    const json = await fleet.hafleet('event', 'list', '--code', 'node-*', '-o', 'json');
    expect(json.stdout).toContain('"node-enrolled"');
  });

  it('keep an agent that was killed, until it is back', async () => {
    const api = fleet.control?.api();
    const open = async () =>
      ((await api?.alarms())?.items ?? []).map(({ code, subject }) => `${code} ${subject}`);
    const isOpen = (alarm: string) => async () => (await open()).includes(alarm);
    await waitUntil(isOpen('server-down web/web4'), { for: 'the alarm of the server' });
    const agent = fleet.node('lb2').agent?.process;
    await agent?.stop({ signal: 'SIGKILL' });
    await waitUntil(isOpen('node-not-connected lb2'), { for: 'the alarm', timeoutMs: 20_000 });
    await agent?.start();
    await waitUntil(async () => !(await open()).includes('node-not-connected lb2'), {
      for: 'its end',
      timeoutMs: 20_000,
    });
    expect((await api?.events({ code: 'node-lost' }))?.items[0]).toMatchObject({
      node: 'lb2',
      severity: 'warning',
    });
  });
});
