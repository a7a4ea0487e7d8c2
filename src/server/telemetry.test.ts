import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startScriptedAgent, upServer, type ScriptedAgent } from '../../test/support/scripted-agent.ts';
import {
  createApiClient,
  statusAnswer,
  type ApiClient,
  type ChangeRequest,
  type EventQuery,
} from '../api/index.ts';
import { startServer, type RunningServer, type ServerOptions } from './main.ts';

let folder: string;
let server: RunningServer;
let client: ApiClient;

const secretOf = (path: string) => readFileSync(path, 'utf8').trim();

async function open(more: Partial<ServerOptions> = {}): Promise<void> {
  server = await startServer({
    dataFolder: folder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log: pino({ level: 'silent' }),
    ...more,
  });
  client = createApiClient({ server: server.url, token: secretOf(server.adminTokenFile), fetch });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hafleet-telemetry-'));
  await open({ metricsListen: { host: '127.0.0.1', port: 0 } });
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const WEB = ['web1', 'web2', 'web3', 'web4'].map((name) => upServer('web', name));
const DOWN = { operationalState: 0, checkResult: 2, checkHealth: 0, check: 'L7STS/503' };

function agent(name: string): Promise<ScriptedAgent> {
  return startScriptedAgent({
    url: server.url,
    joinToken: secretOf(server.joinTokenFile),
    name,
    servers: WEB,
  });
}

async function until<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (performance.now() > end) throw new Error(`never so: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const events = async (query: EventQuery = {}) => (await client.events(query)).items;

async function eventOf(code: string) {
  const [found] = await until(
    () => events({ code }),
    (items) => items.length > 0,
  );
  return found;
}

async function alarmOf(code: string) {
  const { items } = await until(
    () => client.alarms(),
    ({ items }) => items.some((one) => one.code === code),
  );
  return items.find((one) => one.code === code);
}

describe('events', () => {
  it('tell who came, what changed, who went against a guard, and outlive a restart', async () => {
    await agent('lb1');
    await client.createToken({ name: 'ci', role: 'viewer' });
    const wanted: ChangeRequest = {
      kind: 'disable',
      targets: ['web/web[1-3]'],
      reason: 'disk',
      waitMs: 5000,
    };
    await expect(client.createChange(wanted)).rejects.toMatchObject({ code: 'guard-refused' });
    await client.createChange({ ...wanted, overrides: ['capacity'] });
    await client.undoChange('CHG-1', { waitMs: 5000 });
    const expected = [
      ['node-enrolled', { node: 'lb1' }],
      ['node-connected', { node: 'lb1' }],
      ['token-created', { who: 'admin', message: 'token ci made: viewer' }],
      ['change-refused', { who: 'admin' }],
      ['change-accepted', { change: 'CHG-2', backend: 'web', who: 'admin' }],
      ['guard-overridden', { change: 'CHG-1', severity: 'warning' }],
      ['change-done', { change: 'CHG-2' }],
      ['change-undone', { change: 'CHG-1', message: 'CHG-1 is undone by CHG-2' }],
    ] as const;
    for (const [code, about] of expected) expect(await eventOf(code), code).toMatchObject(about);
    const before = await events();
    await server.stop();
    await open();
    const after = await events({ limit: 1000 });
    expect(after.slice(-before.length)).toEqual(before);
    await client.revokeToken('ci');
    await client.removeNode('lb1');
    expect(await eventOf('node-removed')).toMatchObject({ who: 'admin', node: 'lb1' });
    expect(await eventOf('token-revoked')).toMatchObject({ who: 'admin' });
  });

  it('tell one transition of a server once, with all who saw it, and not the steps in between', async () => {
    const [one, two] = [await agent('lb1'), await agent('lb2')];
    for (const each of [one, two]) {
      each.report({ servers: [upServer('web', 'web1', { ...DOWN, operationalState: 2, checkHealth: 3 })] });
      each.report({ servers: [upServer('web', 'web1', DOWN)] });
    }
    const down = await eventOf('server-down');
    expect(down).toMatchObject({
      severity: 'warning',
      node: 'lb[1-2]',
      backend: 'web',
      server: 'web1',
      message: 'web/web1 DOWN L7STS/503, was UP',
    });
    one.report({ servers: [upServer('web', 'web1', { ...DOWN, checkResult: 3, checkHealth: 1 })] });
    one.report({ servers: [upServer('web', 'web1')] });
    expect(await eventOf('server-up')).toMatchObject({ severity: 'info', node: 'lb1' });
    expect(await events({ code: 'server-*' })).toHaveLength(2);
  });

  it('of agents are there with their node, and are found by severity, code and node', async () => {
    const one = await agent('lb1');
    const event = {
      at: 5,
      severity: 'warning',
      code: 'drift',
      instance: 'http',
      message: 'web/web1 by hand',
    } as const;
    one.send({
      type: 'report',
      holds: null,
      instances: [],
      events: [{ ...event, backend: 'web', server: 'web1' }],
    });
    expect(await eventOf('drift')).toMatchObject({ ...event, node: 'lb1', source: 'agent', backend: 'web' });
    expect(await events({ severity: 'warning', node: 'lb[1-3]' })).toHaveLength(1);
    expect(await events({ severity: 'warning', node: 'lb2' })).toEqual([]);
  });
});

describe('alarms', () => {
  it('open with what is wrong, keep since when, are told by status, and close', async () => {
    const one = await agent('lb1');
    const broken = WEB.map(({ server: name }) => upServer('web', name, DOWN));
    one.report({ servers: broken });
    const first = await alarmOf('backend-none-usable');
    expect(first).toMatchObject({ severity: 'critical', subject: 'web', nodes: ['lb1'], backend: 'web' });
    const later = await until(
      () => alarmOf('backend-none-usable'),
      (alarm) => (alarm?.ageMs ?? 0) > 1_500,
    );
    expect(later?.since).toBe(first?.since);
    const status = await client.status();
    expect(statusAnswer.safeParse(status).error).toBeUndefined();
    expect(status.alarms?.map(({ code }) => code)).toContain('server-down');
    expect(
      (await client.status({ backend: 'api' })).alarms?.filter(({ backend }) => backend === 'web'),
    ).toEqual([]);
    one.report({ servers: WEB });
    await until(
      () => client.alarms(),
      ({ items }) => items.length === 0,
    );
    expect(await eventOf('backend-none-usable')).toMatchObject({ severity: 'critical', node: 'lb1' });
    expect(await eventOf('backend-none-usable-over')).toMatchObject({ severity: 'info' });
  });

  it('tell an agent that refuses what is wanted of it, and maint that nobody explained', async () => {
    const one = await agent('lb1');
    const refused = {
      at: 5,
      severity: 'warning',
      code: 'revision-lower',
      message: 'an old backup?',
    } as const;
    one.report({ servers: [upServer('web', 'web2', { adminFlags: 1, operationalState: 0 })] });
    await client.createChange({ kind: 'disable', targets: ['web/web1'] });
    one.send({ type: 'report', holds: one.desired[0]?.position ?? null, instances: [], events: [refused] });
    expect(await alarmOf('desired-refused')).toMatchObject({ subject: 'lb1', severity: 'critical' });
    expect(await alarmOf('out-unexplained')).toMatchObject({ subject: 'web/web2', nodes: ['lb1'] });
  });

  it('show a token what it reaches alone', async () => {
    const one = await agent('lb1');
    one.report({ servers: WEB.map(({ server: name }) => upServer('web', name, DOWN)) });
    await alarmOf('backend-none-usable');
    const scope = { backends: ['api'], nodes: ['lb*'] };
    const { secret } = await client.createToken({ name: 'api-team', role: 'viewer', scope });
    const other = createApiClient({ server: server.url, token: secret, fetch });
    expect((await other.alarms()).items).toEqual([]);
    expect((await other.status()).alarms).toEqual([]);
  });
});

describe('metrics', () => {
  it('tell of the fleet, and hold no name of a person, token or key', async () => {
    const one = await agent('lb1');
    one.report({ servers: [upServer('web', 'web1', DOWN)] });
    one.report({ reading: 'failing', error: { code: 'connection-refused', message: 'x' } });
    one.report({ worker: { pid: 7, startedAt: 1, version: '3.0.11' } });
    one.report({ worker: { pid: 8, startedAt: 2, version: '3.0.11' } });
    await client.createChange({
      kind: 'disable',
      targets: ['web/web2'],
      reason: 'planted-reason',
      waitMs: 5000,
    });
    one.report({ worker: { pid: 8, startedAt: 2, version: '3.0.11' } });
    await fetch(`${server.url}/v1/status`, { headers: { authorization: 'Bearer planted-secret' } });
    const text = await until(
      async () => (await fetch(server.metricsUrl ?? '')).text(),
      (exposed) => exposed.includes('hafleet_changes_total{') && exposed.includes('"3.0.11"'),
    );
    for (const line of [
      'hafleet_build_info{version="0.1.0"} 1',
      'hafleet_node_up{node="lb1"} 1',
      'hafleet_node_info{node="lb1",haproxy="http",groups="",haproxy_version="3.0.11"} 1',
      'hafleet_node_reloads_total{node="lb1"} 1',
      'hafleet_node_poll_errors_total{node="lb1",reason="connection-refused"} 1',
      'hafleet_server_state_nodes{backend="web",server="web1",state="down"} 1',
      'hafleet_server_state_nodes{backend="web",server="web3",state="up"} 1',
      'hafleet_backend_usable_ratio{backend="web"} 0.75',
      'hafleet_backend_servers{backend="web",state="up"} 3',
      'hafleet_overrides{kind="maint",lease="none"} 1',
      'hafleet_changes_total{kind="disable",source="api",result="done"} 1',
      'hafleet_change_duration_seconds_count{kind="disable"} 1',
      'hafleet_auth_failures_total{reason="token-wrong"} 1',
      'hafleet_http_request_duration_seconds_count{route="/v1/changes",method="POST",code="200"} 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).not.toMatch(/admin|planted|CHG-|hafleet_api_|hafleet_node_ey/);
    const headers = { authorization: `Bearer ${secretOf(server.adminTokenFile)}` };
    const short = await (await fetch(`${server.url}/metrics?servers=off`, { headers })).text();
    expect(short).not.toContain('hafleet_server_state_nodes{');
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  });

  it('without a token stay on the machine', async () => {
    await server.stop();
    const far = open({ metricsListen: { host: '0.0.0.0', port: 0 } });
    await expect(far).rejects.toMatchObject({ code: 'metrics-off-loopback' });
    await open();
  });
});
