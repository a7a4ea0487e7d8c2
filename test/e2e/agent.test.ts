import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppServer,
  type Haproxy,
  type HaproxyPaths,
  type HaproxyVersion,
  type Sandbox,
  anyVersion,
  createSandbox,
  globalSection,
  startAppServer,
  startHaproxy,
  testedVersions,
  waitUntil,
} from '../../dev/index.ts';
import { type LocalFileInput, type RunningAgent, startAgent } from '../../src/agent/main.ts';
import { createLogger } from '../../src/lib/index.ts';
import { type ScriptedControl, intentOf, startScriptedControl } from '../support/scripted-control.ts';

let sandbox: Sandbox;
beforeAll(async () => void (sandbox = await createSandbox({ name: 'hf-agent' })));
afterAll(() => sandbox.close());

const log = createLogger('agent', process.env['HAFLEET_LOG'] ?? 'silent');

interface RigOptions {
  readonly version?: HaproxyVersion;
  /** haproxy.cfg loads the state file. */
  readonly stateFile?: boolean;
  readonly local?: Partial<LocalFileInput>;
  readonly level?: 'user' | 'admin';
}

/** One HAProxy with three checked servers and one without a check, its agent, and a server that wants what the test says. */
interface Rig {
  readonly haproxy: Haproxy;
  readonly control: ScriptedControl;
  readonly apps: readonly AppServer[];
  readonly dataFolder: string;
  readonly stateFile: string;
  agent: RunningAgent;
  startAgent(): Promise<void>;
  /** Requests through HAProxy; how many failed. */
  load(count: number): Promise<number>;
  state(server: string): Promise<{ op: number; admin: number; weight: number; port: number } | undefined>;
  config(paths: HaproxyPaths): string;
}

let count = 0;
const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) {
    expect(rig.control.invalid).toEqual([]);
    await rig.agent.stop();
    await rig.control.close();
    await rig.haproxy.stop();
    for (const app of rig.apps) await app.close();
  }
});

async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { version = anyVersion(), stateFile = false, local, level = 'admin' } = options;
  const name = `h${++count}`;
  const address = sandbox.nextAddress('node');
  const apps = [1, 2, 3, 4].map((n) => startAppServer({ sandbox, name: `s${n}` }));
  const [s1, s2, s3, s4] = await Promise.all(apps);
  const config = (paths: HaproxyPaths) => `${globalSection(paths, {
    stateFile,
    extra: level === 'user' ? [`stats socket ${join(paths.folder, 'user.sock')} mode 600 level user`] : [],
  })}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  option redispatch
  ${stateFile ? 'load-server-state-from-file global' : ''}
frontend www
  bind ${address}:8080
  default_backend web
backend web
  option httpchk GET /health
  default-server inter 200 fall 2 rise 2
  server s1 ${s1?.address}:8080 check
  server s2 ${s2?.address}:8080 check
  server s3 ${s3?.address}:8080 check weight 10
backend plain
  server s4 ${s4?.address}:8080
  server s1 ${s1?.address}:8080
`;
  const haproxy = await startHaproxy({ sandbox, name, version, config });
  const control = await startScriptedControl();
  const dataFolder = join(sandbox.folder, `${name}-data`);
  mkdirSync(dataFolder);
  writeFileSync(join(dataFolder, 'token'), 'join-1\n');
  const { paths } = haproxy;
  const localFile: LocalFileInput = {
    name: 'n1',
    servers: [{ url: control.url }],
    tokenFile: join(dataFolder, 'token'),
    dataFolder,
    instances: [
      {
        name: 'http',
        config: paths.configFile,
        statsSocket: level === 'user' ? join(paths.folder, 'user.sock') : paths.statsSocket,
        masterSocket: paths.masterSocket,
        stateFile: paths.stateFile,
      },
    ],
    ...local,
  };
  const rig: Rig = {
    haproxy,
    control,
    apps: await Promise.all(apps),
    dataFolder,
    stateFile: paths.stateFile,
    agent: await startAgent({ localFile, log, version: '0' }),
    async startAgent() {
      rig.agent = await startAgent({ localFile, log, version: '0' });
    },
    async load(requests) {
      let failed = 0;
      for (let at = 0; at < requests; at++) if ((await get(address)) !== 200) failed++;
      return failed;
    },
    async state(server) {
      const text = await haproxy.ask('show servers state web');
      const columns = text
        .split('\n')
        .find((line) => line.split(' ')[3] === server)
        ?.split(' ')
        .map(Number);
      const [op = -1, admin = -1, weight = -1] = columns?.slice(5) ?? [];
      return columns && { op, admin, weight, port: columns[18] ?? -1 };
    },
    config,
  };
  rigs.push(rig);
  await waitUntil(() => control.row('web/s1')?.operationalState === 2, { for: 'first report' });
  return rig;
}

function get(address: string): Promise<number> {
  return new Promise((resolve) => {
    const call = request({ host: address, port: 8080, path: '/', agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    call.on('error', () => resolve(0));
    call.end();
  });
}

const admin = (rig: Rig, key: string) => rig.control.row(key)?.adminFlags;

describe.each(testedVersions())('an agent beside HAProxy %s', (version) => {
  it('enrols, reports its servers, and reads a disable back', async () => {
    const rig = await startRig({ version });
    const { control } = rig;
    expect(control.instance()?.report).toMatchObject({
      name: 'http',
      mode: 'observe',
      reading: 'ok',
      level: 'admin',
    });
    expect([...(control.instance()?.rows.keys() ?? [])].sort()).toEqual([
      'plain/s1',
      'plain/s4',
      'web/s1',
      'web/s2',
      'web/s3',
    ]);
    await waitUntil(() => control.row('web/s1')?.check === 'L7OK/200', { for: 'the text of the check' });
    expect(control.row('web/s1')).toMatchObject({
      checkIntervalMs: 200,
      rise: 2,
      backup: false,
    });

    control.desire([intentOf('*/s1', 'maint')]);
    expect(await control.status('CHG-1:*/s1', 'done')).toMatchObject({ servers: 2, revision: 1 });
    expect(admin(rig, 'web/s1')).toBe(1);
    expect((await rig.state('s1'))?.admin).toBe(1);
    expect(control.messages.at(-1)).toMatchObject({ holds: { revision: 1 } });
  });

  it('brings everything back after a reload by anyone, with the lines for the state file: not one request goes wrong', async () => {
    const rig = await startRig({ version, stateFile: true });
    const { control, haproxy, apps } = rig;
    await apps[1]?.behave({ kind: 'fail', status: 500 });
    control.desire([intentOf('web/s1', 'maint'), intentOf('web/s3', 'drain')]);
    await control.status('CHG-1:web/s1', 'done');
    await control.status('CHG-1:web/s3', 'done');
    await waitUntil(() => control.row('web/s2')?.operationalState === 0, { for: 's2 down' });
    await waitUntil(() => /web \d+ s2 \S+ 0 0 /.test(readFileSync(rig.stateFile, 'utf8')), {
      for: 'a line for s2',
    });
    await rig.agent.stop();
    for (const app of apps) app.resetCounts();
    await haproxy.reload();
    expect(await rig.state('s1')).toMatchObject({ op: 0, admin: 1 });
    expect(await rig.state('s2')).toMatchObject({ op: 0, admin: 0 });
    expect(await rig.state('s3')).toMatchObject({ op: 2, admin: 8, weight: 10 });
    await rig.load(30);
    expect(apps.map((app) => app.counts().requests)).toEqual([0, 0, 0, 0]);
  });

  it('applies its intents again within half a second of a reload that forgot them', async () => {
    const rig = await startRig({ version });
    const { control, haproxy } = rig;
    expect(control.instance()?.report.survivesReload).toBe(false);
    control.desire([intentOf('web/s1', 'maint'), intentOf('web/s3', 50)]);
    await control.status('CHG-1:web/s1', 'done');
    await control.status('CHG-1:web/s3', 'done');
    await haproxy.reload();
    await waitUntil(async () => (await rig.state('s1'))?.admin === 1, { for: 'maint again', timeoutMs: 500 });
    expect((await rig.state('s3'))?.weight).toBe(50);
    await control.status('CHG-1:web/s1', 'done');
    await waitUntil(() => control.events.some(({ code }) => code === 'worker-changed'), { for: 'the event' });
    expect(control.events.map(({ code }) => code)).not.toContain('drift');
  });

  it('applies its intents again after the worker was killed', async () => {
    const rig = await startRig({ version });
    const { control, haproxy } = rig;
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    await haproxy.killWorker('SIGKILL');
    await waitUntil(async () => (await rig.state('s1'))?.admin === 1, {
      for: 'maint again',
      timeoutMs: 5_000,
    });
    await waitUntil(() => control.instance()?.report.reading === 'ok', { for: 'reading ok' });
  });

  it('lets a green server in when the gate opens, and keeps a red one out', async () => {
    const rig = await startRig({ version });
    const { control, apps } = rig;
    control.desire([intentOf('web/s1', 'maint'), intentOf('web/s2', 'maint')]);
    await control.status('CHG-1:web/s2', 'done');
    await apps[1]?.behave({ kind: 'fail', status: 500 });
    const enable = (phase: 'gating' | 'entering' | 'returning', revision: number) =>
      control.desire([
        intentOf('web/s1', 'ready', {
          order: 2,
          phase: phase === 'returning' ? 'entering' : phase,
          revision,
        }),
        intentOf('web/s2', 'ready', { order: 3, phase: phase === 'entering' ? 'gating' : phase, revision }),
      ]);
    for (const app of apps) app.resetCounts();
    enable('gating', 2);
    await control.status('CHG-2:web/s1', 'green');
    await control.status('CHG-3:web/s2', 'gating');
    expect(await rig.state('s1')).toMatchObject({ op: 2, admin: 8 });
    expect(await rig.state('s2')).toMatchObject({ op: 0, admin: 8 });
    await rig.load(10);
    enable('returning', 3);
    await control.status('CHG-2:web/s1', 'done');
    await control.status('CHG-3:web/s2', 'done');
    expect(await rig.state('s1')).toMatchObject({ op: 2, admin: 0 });
    expect(await rig.state('s2')).toMatchObject({ op: 0, admin: 1 });
    expect(await rig.load(10)).toBe(0);
    expect(apps[1]?.counts().requests).toBe(0);
  });

  it('comes up right from a kill -9 and a cold start with no agent at all', async () => {
    const rig = await startRig({ version, stateFile: true });
    const { control, haproxy, apps } = rig;
    control.desire([intentOf('web/s1', 'maint'), intentOf('web/s2', 'drain')]);
    await control.status('CHG-1:web/s1', 'done');
    await control.status('CHG-1:web/s2', 'done');
    await rig.agent.stop();
    await haproxy.killWorker('SIGKILL');
    await waitUntil(() => haproxy.restarts === 1, { for: 'the restart' });
    await haproxy.waitReady();
    for (const app of apps) app.resetCounts();
    await rig.load(20);
    expect(await rig.state('s1')).toMatchObject({ admin: 1 });
    expect(await rig.state('s2')).toMatchObject({ admin: 8, op: 2 });
    expect(apps.map((app) => app.counts().requests)).toEqual([0, 0, 20, 0]);
    await rig.startAgent();
    await control.status('CHG-1:web/s1', 'done');
    expect(control.events.map(({ code }) => code)).not.toContain('drift');
  });

  it('gates again when a reload let a waiting server in', async () => {
    const rig = await startRig({ version });
    const { control, haproxy, apps } = rig;
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    await apps[0]?.behave({ kind: 'fail', status: 500 });
    control.desire([intentOf('web/s1', 'ready', { order: 2, phase: 'gating' })]);
    await control.status('CHG-2:web/s1', 'gating');
    await haproxy.reload();
    await waitUntil(async () => (await rig.state('s1'))?.admin === 8, { for: 'the gate', timeoutMs: 500 });
    control.desire([intentOf('web/s1', 'ready', { order: 2, phase: 'returning', revision: 2 })]);
    await control.status('CHG-2:web/s1', 'done');
    expect(await rig.state('s1')).toMatchObject({ admin: 1 });
  });

  it('gates its own servers when it comes after the gate was opened', async () => {
    const rig = await startRig({ version });
    const { control, apps } = rig;
    control.desire([intentOf('web/s1', 'maint'), intentOf('web/s2', 'maint')]);
    await control.status('CHG-1:web/s2', 'done');
    await rig.agent.stop();
    await apps[1]?.behave({ kind: 'fail', status: 500 });
    apps[1]?.resetCounts();
    control.desire([
      intentOf('web/s1', 'ready', { order: 2, phase: 'entering' }),
      intentOf('web/s2', 'ready', { order: 2, phase: 'entering' }),
    ]);
    await rig.startAgent();
    await control.status('CHG-2:web/s1', 'done');
    await control.status('CHG-2:web/s2', 'gating');
    expect(await rig.load(10)).toBe(0);
    expect(apps[1]?.counts().requests).toBe(0);
    await apps[1]?.behave({ kind: 'ok' });
    await control.status('CHG-2:web/s2', 'done');
  });

  it('drains from maint behind the gate, and gives a weight back', async () => {
    const rig = await startRig({ version });
    const { control } = rig;
    control.desire([intentOf('web/s1', 'maint'), intentOf('web/s3', 0)]);
    await control.status('CHG-1:web/s1', 'done');
    expect((await rig.state('s3'))?.weight).toBe(0);
    control.desire([
      intentOf('web/s1', 'drain', { order: 2 }),
      intentOf('web/s3', null, { order: 2, phase: 'entering' }),
    ]);
    await control.status('CHG-2:web/s1', 'done');
    await control.status('CHG-2:web/s3', 'done');
    expect(await rig.state('s1')).toMatchObject({ admin: 8 });
    expect(await rig.state('s3')).toMatchObject({ weight: 10 });
    await waitUntil(async () => (await rig.state('s1'))?.op === 2, { for: 'the check' });
  });

  it('says that nothing gates a server without a check', async () => {
    const rig = await startRig({ version });
    const { control } = rig;
    control.desire([intentOf('plain/s4', 'maint')]);
    await control.status('CHG-1:plain/s4', 'done');
    control.desire([intentOf('plain/s4', 'ready', { order: 2, phase: 'gating' })]);
    expect(await control.status('CHG-2:plain/s4', 'green')).toMatchObject({ ungated: true });
    control.desire([intentOf('plain/s4', 'ready', { order: 2, phase: 'entering', revision: 2 })]);
    expect(await control.status('CHG-2:plain/s4', 'done')).toMatchObject({ ungated: true });
    expect(control.row('plain/s4')).toMatchObject({ adminFlags: 0, operationalState: 2 });
  });

  it('corrects the port that a state file kept over a new haproxy.cfg, before the server comes in', async () => {
    const rig = await startRig({ version, stateFile: true });
    const { control, haproxy } = rig;
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    const stale = readFileSync(rig.stateFile, 'utf8').replace(/( s1 \S+ 0 1 .*) 8080 /, '$1 8081 ');
    expect(stale).toContain(' 8081 ');
    // The agent sees a change of haproxy.cfg within a poll; this is the reload that comes before that.
    writeFileSync(rig.stateFile, stale);
    await haproxy.reload();
    await waitUntil(async () => (await rig.state('s1'))?.port === 8080, { for: 'the port' });
    expect((await rig.state('s1'))?.admin).toBe(1);
  });
});

describe('an agent', () => {
  it('shows drift and leaves it, and reverts it for a newer revision', async () => {
    const rig = await startRig();
    const { control, haproxy } = rig;
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    await haproxy.ask('set server web/s1 state ready');
    await control.status('CHG-1:web/s1', 'drifted');
    expect(control.events.find(({ code }) => code === 'drift')?.message).toMatch(
      /web\/s1: state is ready and was maint/,
    );
    expect((await rig.state('s1'))?.admin).toBe(0);
    control.desire([intentOf('web/s1', 'maint', { revision: 2 })]);
    await control.status('CHG-1:web/s1', 'done');
    expect((await rig.state('s1'))?.admin).toBe(1);
  });

  it('is not fooled by a reload in the very moment before', async () => {
    const rig = await startRig({ stateFile: true });
    const { control, haproxy } = rig;
    expect(control.instance()?.report.survivesReload).toBe(true);
    await haproxy.reload();
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    expect((await rig.state('s1'))?.admin).toBe(1);
  });

  it('is not fooled by a change by hand since its last look', async () => {
    const rig = await startRig({ stateFile: true });
    const { control, haproxy } = rig;
    await haproxy.ask('set server web/s1 state maint');
    await waitUntil(() => admin(rig, 'web/s1') === 1, { for: 'the row' });
    await haproxy.ask('set server web/s1 state ready');
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    expect((await rig.state('s1'))?.admin).toBe(1);
    expect(control.events.map(({ code }) => code)).not.toContain('drift');
  });

  it('writes the state file before it takes a server out', async () => {
    const rig = await startRig({ stateFile: true, level: 'user' });
    const { control } = rig;
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'failed');
    expect(readFileSync(rig.stateFile, 'utf8')).toMatch(/ web \d+ s1 \S+ 0 1 /);
  });

  it('neither applies blindly nor sees drift after its own restart', async () => {
    const rig = await startRig();
    const { control, haproxy } = rig;
    control.desire([intentOf('web/s1', 'maint'), intentOf('web/s2', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    await control.status('CHG-1:web/s2', 'done');
    await rig.agent.stop();
    expect((await rig.state('s1'))?.admin).toBe(1);
    await haproxy.ask('set server web/s2 state ready');
    await rig.startAgent();
    await control.status('CHG-1:web/s1', 'done');
    await control.status('CHG-1:web/s2', 'drifted');
    expect(control.enrolments).toBe(1);
  });

  it('goes on alone: a reload while no server answers forgets nothing', async () => {
    const rig = await startRig();
    const { control, haproxy } = rig;
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    await control.close();
    await haproxy.reload();
    await waitUntil(async () => (await rig.state('s1'))?.admin === 1, { for: 'maint again', timeoutMs: 500 });
  });

  it('waits for the sessions of a draining server', async () => {
    const rig = await startRig();
    const { control, apps } = rig;
    await apps[0]?.behave({ kind: 'slow', ms: 1_500 }, 'traffic');
    control.desire([intentOf('web/s2', 'maint'), intentOf('web/s3', 'maint')]);
    await control.status('CHG-1:web/s3', 'done');
    const load = rig.load(1);
    await waitUntil(() => apps[0]?.counts().requests === 1, { for: 'the request' });
    control.desire([intentOf('web/s1', 'drain', { order: 2 })]);
    expect(await control.status('CHG-2:web/s1', 'draining')).toMatchObject({ sessions: 1 });
    expect(await control.status('CHG-2:web/s1', 'done')).toMatchObject({ sessions: 0 });
    expect(await load).toBe(0);
  });

  it('says which level a socket lacks, and keeps reading', async () => {
    const rig = await startRig({ level: 'user' });
    const { control } = rig;
    expect(control.instance()?.report).toMatchObject({ level: 'user', reading: 'ok' });
    control.desire([intentOf('web/s1', 'maint')]);
    expect(await control.status('CHG-1:web/s1', 'failed')).toMatchObject({ code: 'permission-denied' });
    expect((await rig.state('s1'))?.admin).toBe(0);
  });

  it('goes through the master socket where the stats socket is lost, and back', async () => {
    const rig = await startRig();
    const { control, haproxy } = rig;
    const { statsSocket } = haproxy.paths;
    renameSync(statsSocket, `${statsSocket}.lost`);
    // The kept connection stays with the old worker; the new one inherits a socket whose name is gone.
    const before = control.instance()?.report.worker?.pid;
    await haproxy.askMaster('reload');
    await waitUntil(() => control.instance()?.report.worker?.pid !== before, { for: 'the new worker' });
    control.desire([intentOf('web/s1', 'maint')]);
    await control.status('CHG-1:web/s1', 'done');
    expect(control.instance()?.report).toMatchObject({ reading: 'ok', level: 'admin' });
    renameSync(`${statsSocket}.lost`, statsSocket);
    control.desire([intentOf('web/s1', 'drain', { order: 2 })]);
    await control.status('CHG-2:web/s1', 'done');
  });

  it('does nothing that its local file forbids', async () => {
    const rig = await startRig({ local: { backends: ['pl*'] } });
    const { control } = rig;
    control.desire([intentOf('*/s1', 'maint')]);
    expect(await control.status('CHG-1:*/s1', 'forbidden')).toMatchObject({
      code: 'backend-not-allowed',
      servers: 2,
    });
    expect(admin(rig, 'web/s1')).toBe(0);
    await waitUntil(() => admin(rig, 'plain/s1') === 1, { for: 'the allowed one' });
  });

  it('keeps what it read when HAProxy freezes, with its age', async () => {
    const rig = await startRig();
    const { control, haproxy } = rig;
    haproxy.freeze();
    try {
      await waitUntil(() => control.instance()?.report.reading === 'failing', { for: 'failing' });
      await waitUntil(() => (control.instance()?.report.readAgeMs ?? 0) > 3_000, { for: 'age' });
      expect(control.instance()?.rows.size).toBe(5);
      expect(control.instance()?.report.error?.code).toBe('timed-out');
      control.desire([intentOf('web/s1', 'maint')]);
    } finally {
      haproxy.thaw();
    }
    await control.status('CHG-1:web/s1', 'done');
    expect(control.instance()?.report.readAgeMs).toBeLessThan(2_000);
  });

  it('refuses a lower revision, another fleet and an unknown epoch, and changes nothing', async () => {
    const rig = await startRig();
    const { control } = rig;
    control.desire([intentOf('web/s1', 'maint')], { revision: 10 });
    await control.status('CHG-1:web/s1', 'done');
    const refusals: [object, string][] = [
      [{ revision: 9 }, 'revision-lower'],
      [{ revision: 11, fleetId: 'fleet-2' }, 'other-fleet'],
      [{ revision: 11, epoch: 2 }, 'unknown-epoch'],
    ];
    for (const [position, code] of refusals) {
      control.desire([], position);
      await waitUntil(() => control.events.some((event) => event.code === code), { for: code });
    }
    expect((await rig.state('s1'))?.admin).toBe(1);
    expect(control.messages.at(-1)).toMatchObject({ holds: { revision: 10, epoch: 1, fleetId: 'fleet-1' } });
  });

  it('refuses what it cannot read one by one', async () => {
    const rig = await startRig();
    const { control } = rig;
    control.sendRaw({ type: 'desired', position: 1 });
    control.sendRaw({ type: 'dance' });
    const known = intentOf('web/s1', 'maint');
    control.desire([known, { ...known, id: 'CHG-9', want: { aspect: 'colour' } } as never]);
    await control.status('CHG-1:web/s1', 'done');
    expect(control.events.map(({ code }) => code).filter((code) => /message|intent/.test(code))).toEqual([
      'message-refused',
      'message-refused',
      'intent-unknown',
    ]);
  });

  it('ends the sessions of a server when asked', async () => {
    const rig = await startRig();
    const { control, apps } = rig;
    for (const app of apps) await app.behave({ kind: 'hang' }, 'traffic');
    const load = rig.load(1);
    await waitUntil(() => apps.some((app) => app.counts().requests === 1), { for: 'the request' });
    const at = apps.findIndex((app) => app.counts().requests === 1);
    const operation = { kind: 'kill-sessions', instance: 'http', backend: 'web', server: `s${at + 1}` };
    control.sendRaw({ type: 'operation', id: 'op-1', operation });
    expect(await load).toBe(1);
    await waitUntil(() => control.messages.some((one) => one.type === 'operation-result' && one.ok), {
      for: 'result',
    });
  });

  it('answers fast', async () => {
    const rig = await startRig({ stateFile: true });
    const { control } = rig;
    const times: number[] = [];
    for (let revision = 1; revision <= 21; revision++) {
      const start = performance.now();
      control.desire([intentOf('web/s1', revision % 2 ? 'maint' : 'drain', { revision })]);
      await waitForStatus(control, revision);
      times.push(performance.now() - start);
      if (revision % 2 === 0) await control.status('CHG-1:web/s1', 'done');
    }
    times.sort((a, b) => a - b);
    // 2 to 5 ms on a quiet machine. The quickest counts: on a busy one the others measure the neighbours.
    expect(times[0]).toBeLessThan(25);
  });
});

/** Without the pause of a poll between. */
function waitForStatus(control: ScriptedControl, revision: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const status = control.instance()?.statuses.get('CHG-1:web/s1');
      if (status?.revision === revision) resolve();
      else setImmediate(look);
    };
    look();
  });
}
