import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ConfigContext,
  type Fleet,
  type HaproxyVersion,
  type Relay,
  anyVersion,
  createSandbox,
  defaultConfig,
  runCli,
  startLoad,
  waitForAgents,
  waitUntil,
} from '../../dev/index.ts';
import { enrol, relayTo, TCP_SOCKET_PORT } from '../support/enrol.ts';
import {
  adminOf,
  expectError,
  expectExit,
  fleetsOfThisFile,
  hasStackTrace,
  oldestAndNewest,
  untilAdmin,
} from '../support/fleet-facts.ts';

const start = fleetsOfThisFile();

const WEB = { web: ['web1', 'web2', 'web3', 'web4'] };
const disable = (fleet: Fleet, target: string, ...more: string[]) =>
  fleet.hafleet('server', 'disable', target, '--yes', ...more);
const enable = (fleet: Fleet, target: string) => fleet.hafleet('server', 'enable', target, '--yes');

async function untilDone(fleet: Fleet, id: string): Promise<void> {
  await waitUntil(async () => (await fleet.control?.api().change(id))?.state === 'done', {
    for: `${id} done`,
  });
}

/** lb1 as usual; of lb2 the agent knows one way in alone, over a relay. */
async function startWithRelay(version: HaproxyVersion): Promise<{ fleet: Fleet; relay: Relay }> {
  const config = (context: ConfigContext) =>
    defaultConfig(context).replace(
      'global\n',
      `global\n  stats socket ipv4@${context.address}:${TCP_SOCKET_PORT} level admin\n  stats timeout 1h\n`,
    );
  const fleet = await start({
    nodes: [
      { name: 'lb1', version },
      { name: 'lb2', version, agent: false, instances: [{ name: 'http', config }] },
    ],
    backends: WEB,
    control: true,
  });
  const relay = await relayTo(fleet, 'lb2');
  const instance = { statsSocket: `${relay.address}:${relay.port}`, masterSocket: undefined };
  await enrol(fleet, 'lb2', { instance });
  if (fleet.control) await waitForAgents(fleet.control, fleet.nodes);
  return { fleet, relay };
}

describe.each(oldestAndNewest())('a HAProxy %s', (version) => {
  it('that answers slowly: the change takes longer and is done', async () => {
    const { fleet, relay } = await startWithRelay(version);
    await relay.delay(150);
    expectExit(await disable(fleet, 'web/web1'), 0);
    expect(await adminOf(fleet.instance('lb2/http'), 'web/web1')).toBe('maint');
    expectExit(await enable(fleet, 'web/web1'), 0);
  });

  it('that stops answering: pending there with the reason, exit 10, and applied within 5 s of its return', async () => {
    const fleet = await start({
      nodes: ['lb1', 'lb2'].map((name) => ({ name, version })),
      backends: WEB,
      control: true,
    });
    const lb2 = fleet.instance('lb2/http');
    lb2.haproxy.freeze();
    const result = await disable(fleet, 'web/web1');
    expectExit(result, 10);
    expect(result.stdout).toMatch(/ok\s+lb1/);
    expect(result.stdout).toMatch(/(pending|failed)\s+lb2/);
    lb2.haproxy.thaw();
    await untilAdmin(lb2, 'web/web1', 'maint', 5_000);
    await untilDone(fleet, 'CHG-1');
  });

  it('whose connection is alive and dead: pending there, and applied when it comes to life', async () => {
    const { fleet, relay } = await startWithRelay(version);
    await relay.stall();
    expectExit(await disable(fleet, 'web/web1'), 10);
    await relay.heal();
    await untilAdmin(fleet.instance('lb2/http'), 'web/web1', 'maint', 5_000);
    await untilDone(fleet, 'CHG-1');
  });

  it('that goes away in mid-answer, again and again: nothing is half done', async () => {
    const { fleet, relay } = await startWithRelay(version);
    const lb2 = fleet.instance('lb2/http');
    // Whatever is asked now is on its way when the connection breaks.
    await relay.delay(50);
    for (const [round, target] of ['web/web1', 'web/web2'].entries()) {
      const running = disable(fleet, target);
      for (let cut = 0; cut < 3; cut++) {
        await waitUntil(() => relay.connections() > 0, { for: 'the agent at HAProxy' });
        await relay.cut();
        await relay.delay(50);
      }
      const result = await running;
      expect([0, 10], result.stdout + result.stderr).toContain(result.code);
      await untilAdmin(lb2, target, 'maint', 5_000);
      await untilDone(fleet, `CHG-${round + 1}`);
    }
  });

  it('that is killed while it is told: done or pending, and as wanted when it is back', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1', version }], backends: WEB, control: true });
    const lb1 = fleet.instance('lb1/http');
    const api = fleet.control?.api();
    const told = api?.createChange({ kind: 'disable', targets: ['web/web[1-2]'], waitMs: 15_000 });
    await lb1.haproxy.killWorker();
    expect(['done', 'partial']).toContain((await told)?.change?.state);
    await waitUntil(() => lb1.haproxy.restarts > 0, { for: 'its restart' });
    await lb1.haproxy.waitReady();
    for (const name of ['web1', 'web2']) await untilAdmin(lb1, `web/${name}`, 'maint', 5_000);
    await untilDone(fleet, 'CHG-1');
  });

  it.each(['user', 'operator'] as const)(
    'with a socket of level %s: status works, a change is refused with what to do, and nothing is changed',
    async (level) => {
      const config = (context: ConfigContext) =>
        defaultConfig(context).replace(
          'global\n',
          `global\n  stats socket ${join(context.paths.folder, 'low.sock')} mode 600 level ${level}\n`,
        );
      const fleet = await start({
        nodes: [{ name: 'lb1', version, agent: false, instances: [{ name: 'http', config }] }],
        backends: WEB,
        control: true,
      });
      const { folder } = fleet.instance('lb1/http').haproxy.paths;
      await enrol(fleet, 'lb1', {
        instance: { statsSocket: join(folder, 'low.sock'), masterSocket: undefined },
      });
      if (fleet.control) await waitForAgents(fleet.control, fleet.nodes);
      expectExit(await fleet.hafleet('status'), 0);
      const refused = await disable(fleet, 'web/web1');
      expectExit(refused, 1);
      expect(refused.stdout + refused.stderr).toMatch(/higher level: .*admin to change/);
      expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('ready');
      // Refused and over: it does not lie in wait for the day somebody raises the level.
      expect((await fleet.control?.api().status())?.intents).toEqual([]);
    },
  );

  it('with all ten connections taken: said so, and as wanted when one is free', async () => {
    const fleet = await start({
      nodes: [{ name: 'lb1', version, agent: false }],
      backends: WEB,
      control: true,
    });
    const lb1 = fleet.instance('lb1/http');
    const taken = await takeConnections(lb1.haproxy.paths.statsSocket, 10);
    const agent = await enrol(fleet, 'lb1', { instance: { masterSocket: undefined } });
    const api = fleet.control?.api();
    const error = await waitUntil(
      async () => (await api?.nodes())?.items[0]?.instances[0]?.error ?? undefined,
      {
        for: 'the agent to say what is wrong',
        timeoutMs: 20_000,
      },
    );
    expect(error).toMatchObject({ code: 'no-answer-slot' });
    expect(error.hint ?? error.message).toMatch(/maxconn|connection/);
    expect(hasStackTrace(readFileSync(agent.process.logFile, 'utf8'))).toBe(false);
    const refused = await disable(fleet, 'web/web1');
    expectError(refused, 12, /never been read|ever been read/);
    for (const socket of taken) socket.destroy();
    if (fleet.control) await waitForAgents(fleet.control, fleet.nodes);
    expectExit(await disable(fleet, 'web/web1'), 0);
  });

  it('with all connections taken but the one that the agent keeps: it goes on over that', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1', version }], backends: WEB, control: true });
    const lb1 = fleet.instance('lb1/http');
    const taken = await takeConnections(lb1.haproxy.paths.statsSocket, 9);
    expectExit(await disable(fleet, 'web/web1'), 0);
    for (const socket of taken) socket.destroy();
    await untilAdmin(lb1, 'web/web1', 'maint');
  });
});

/** Connections that HAProxy answers, so that each of them counts. */
async function takeConnections(path: string, count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(path, () => socket.write('prompt\n'));
      socket.on('error', () => undefined);
      await once(socket, 'data');
      return socket;
    }),
  );
}

describe('the link between agent and server', () => {
  it('cut, stalled, slow and healed over and over: every change arrives once it can', async () => {
    const fleet = await start({
      nodes: ['lb1', 'lb2'].map((name) => ({ name, version: anyVersion() })),
      backends: WEB,
      control: true,
    });
    const { agentLink } = fleet.node('lb2');
    const api = fleet.control?.api();
    const lb2 = fleet.instance('lb2/http');
    for (const weather of ['cut', 'stall', 'slow'] as const) {
      const wanted = weather === 'stall' ? 'enable' : 'disable';
      const running = api?.createChange({ kind: wanted, targets: ['web/web1'], reason: weather });
      if (weather === 'cut') await agentLink?.cut();
      else if (weather === 'stall') await agentLink?.stall();
      else await agentLink?.delay(700);
      const change = (await running)?.change;
      await agentLink?.heal();
      await untilAdmin(lb2, 'web/web1', wanted === 'enable' ? 'ready' : 'maint');
      if (change) await untilDone(fleet, change.id);
    }
    expect((await api?.changes())?.items.map(({ state }) => state)).not.toContain('failed');
  });
});

describe('a command that waits', () => {
  it('outlives a restart of the server and tells how it ended', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB, control: true });
    const lb1 = fleet.instance('lb1/http');
    expectExit(await disable(fleet, 'web/web1'), 0);
    await fleet.app('web1').behave({ kind: 'fail', status: 500 });
    const waiting = enable(fleet, 'web/web1');
    await untilAdmin(lb1, 'web/web1', 'drain');
    fleet.control?.process.kill('SIGKILL');
    await waitUntil(() => (fleet.control?.process.restarts ?? 0) > 0, { for: 'the restart of the server' });
    await fleet.app('web1').behave({ kind: 'ok' });
    const result = await waiting;
    expectExit(result, 0);
    expect(result.stdout).toMatch(/ok\s+lb1 1\/1/);
  });

  it('says that no server is there, exit 14, when none comes back', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB, control: true });
    await fleet.control?.process.stop({ signal: 'SIGKILL' });
    for (const args of [['status'], ['server', 'disable', 'web/web1', '--yes']])
      expectError(await fleet.hafleet(...args), 14, /no answer from the hafleet server/);
  });
});

describe('bad words', () => {
  const LONG = 'x'.repeat(10_000);
  const HARMFUL = [
    'web1;disable frontend main',
    'web1 ; disable frontend main',
    'web1\ndisable frontend main',
    'web1\r\ndisable frontend main',
    'web1 <<\ndisable frontend main\n\n',
    "web1';disable frontend main;'",
    '"web1";disable frontend main',
    'web1\\;disable frontend main',
    '$(disable frontend main)',
    'web1\u0000;disable frontend main',
    '\u001b]0;web1\u0007;disable frontend main',
    `web1;disable frontend main;${LONG}`,
    LONG,
  ];

  it.each(oldestAndNewest())(
    'start no second command on HAProxy %s, whatever they are put into',
    async (version) => {
      const fleet = await start({ nodes: [{ name: 'lb1', version }], backends: WEB, control: true });
      const { haproxy } = fleet.instance('lb1/http');
      const before = await allStates(fleet);
      const api = fleet.control?.api();
      const url = `${fleet.control?.url}/v1/changes`;
      const token = readFileSync(fleet.control?.adminTokenFile ?? '', 'utf8').trim();
      const post = async (body: unknown) => {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const text = await answer.text();
        expect(hasStackTrace(text)).toBe(false);
        return { status: answer.status, text };
      };
      for (const word of HARMFUL) {
        const bodies = [
          { kind: 'disable', targets: [word] },
          { kind: 'disable', targets: [`web/${word}`] },
          { kind: 'disable', targets: [`${word}/web1`] },
          { kind: 'kill-sessions', targets: [`web/${word}`] },
          { kind: 'weight', targets: ['web/web1'], weight: word },
          { kind: word, targets: ['web/web1'] },
          { kind: 'disable', targets: ['web/web1'], on: word },
          { kind: 'disable', targets: ['web/web1'], exclude: word },
          { kind: 'disable', targets: ['web/web1'], instance: word },
        ];
        for (const body of bodies) {
          const { status, text } = await post(body);
          expect(
            status,
            `${JSON.stringify(body).slice(0, 200)}: ${text.slice(0, 300)}`,
          ).toBeGreaterThanOrEqual(400);
          expect(status).toBeLessThan(500);
          expect(JSON.parse(text)).toMatchObject({
            error: { code: expect.any(String), hint: expect.any(String) },
          });
        }
      }
      expect(await allStates(fleet)).toEqual(before);
      expect(await haproxy.ask('show stat')).toMatch(/^main,FRONTEND,.*,OPEN,/m);
      expect((await api?.changes())?.items).toEqual([]);
    },
  );

  it('are kept as they are where they are only read: a reason with `;` and quotes is a reason', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB, control: true });
    const { haproxy } = fleet.instance('lb1/http');
    const why = `disk; disable frontend main "it's" \\ $(reboot) <<`;
    expectExit(await disable(fleet, 'web/web1', '--reason', why, '--ticket', 'INC-7;x'), 0);
    expect(await fleet.control?.api().change('CHG-1')).toMatchObject({ why, ticket: 'INC-7;x' });
    expect((await fleet.hafleet('change', 'show', 'CHG-1')).stdout).toContain(why);
    for (const bad of ['two\nlines', 'a\u001b[31mred', LONG]) {
      const refused = await disable(fleet, 'web/web2', '--reason', bad);
      expectError(refused, 64, /reason/i);
      expect(refused.stderr).not.toContain('\u001b');
    }
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web2')).toBe('ready');
    expect(await haproxy.ask('show stat')).toMatch(/^main,FRONTEND,.*,OPEN,/m);
  });

  it('start no second command on one socket without a server either', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB });
    const { haproxy } = fleet.instance('lb1/http');
    const before = await allStates(fleet);
    for (const word of HARMFUL.filter((text) => !text.includes('\u0000'))) {
      const at = ['--socket', haproxy.paths.statsSocket];
      for (const target of [word, `web/${word}`]) {
        const result = await fleet.hafleet(...at, 'server', 'disable', '--yes', '--', target);
        expectExit(result, 64);
        expect(result.stderr).toMatch(/next/);
      }
    }
    expect(await allStates(fleet)).toEqual(before);
    expect(await haproxy.ask('show stat')).toMatch(/^main,FRONTEND,.*,OPEN,/m);
  });

  it('are refused with what is wrong with them: ranges, sets, names, durations, weights', async () => {
    const fleet = await start({
      nodes: [{ name: 'lb1' }],
      backends: { web: ['web1', 'web2'], api: ['web1', 'api1'] },
      control: true,
    });
    const at = ['server', 'disable', '--yes'];
    const cases: [string[], RegExp][] = [
      [[...at, 'web/web[1-'], /web\[1-/],
      [[...at, 'web/web[2-1]'], /2-1/],
      [[...at, 'web/web1', '--on', 'lb[1-'], /lb\[1-/],
      [[...at, 'web/web1', '--on', 'lb[9-1]'], /9-1/],
      [[...at, 'web/web1', '--on', 'lb9'], /lb9/],
      [[...at, 'web/web1', '--on', '*!*'], /no node|empty|match/],
      [[...at, 'web/wbe1'], /wbe1/],
      [[...at, 'nope/web1'], /nope/],
      [[...at, 'web/web1', '--for', 'soon'], /soon/],
      [[...at, 'web/web1', '--until', 'yesterday-ish'], /yesterday-ish/],
      [['server', 'weight', 'web/web1', '257', '--yes'], /257/],
      [['server', 'weight', 'web/web1', '-1', '--yes'], /-1/],
      [['backend', 'set', 'nope', '--min-healthy', '1', '--yes'], /nope/],
      [['node', 'show', 'lb9'], /lb9/],
      [['change', 'show', 'CHG-99'], /CHG-99/],
    ];
    for (const [args, text] of cases) expectError(await fleet.hafleet(...args), 64, text);
    expect((await fleet.control?.api().changes())?.items).toEqual([]);
  });
});

describe('tokens', () => {
  it('that are wrong or missing are said to be so, exit 13, and change nothing', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB, control: true });
    const { control, sandbox } = fleet;
    const wrongFile = join(sandbox.folder, 'wrong.token');
    for (const wrong of ['not-the-token', 'a b', ' ', 'x'.repeat(5_000)]) {
      writeFileSync(wrongFile, `${wrong}\n`);
      const env = { HAFLEET_SERVER: control?.url ?? '', HAFLEET_TOKEN_FILE: wrongFile };
      const result = await runCli(['server', 'disable', 'web/web1', '--yes'], { sandbox, env });
      expectError(result, 13, /token/);
      expect(result.stderr).not.toContain('not-the-token');
    }
    const missing = await runCli(['status'], { sandbox, env: { HAFLEET_SERVER: control?.url ?? '' } });
    expectError(missing, 13, /token/);
    // A join token lets a node in, and is no key to the API.
    const env = { HAFLEET_SERVER: control?.url ?? '', HAFLEET_TOKEN_FILE: control?.joinTokenFile ?? '' };
    expectError(await runCli(['server', 'disable', 'web/web1', '--yes'], { sandbox, env }), 13, /token/);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('ready');
  });

  it('a wrong join token keeps a node out, says so in its log, and lets it in once it is right', async () => {
    const fleet = await start({
      nodes: [{ name: 'lb1' }, { name: 'lb2', agent: false }],
      backends: WEB,
      control: true,
    });
    const { control } = fleet;
    const right = readFileSync(control?.joinTokenFile ?? '', 'utf8');
    const folder = join(fleet.sandbox.folder, 'lb2');
    mkdirSync(folder, { recursive: true });
    const tokenFile = join(folder, 'join.token');
    writeFileSync(tokenFile, 'wrong\n');
    const agent = await enrol(fleet, 'lb2');
    await agent.process.stop();
    writeFileSync(
      agent.configFile,
      readFileSync(agent.configFile, 'utf8').replace(/tokenFile: .*/, `tokenFile: ${tokenFile}`),
    );
    rmSync(join(agent.folder, 'data'), { recursive: true, force: true });
    expect((await fleet.hafleet('node', 'remove', 'lb2', '--yes')).code).not.toBeNull();
    writeFileSync(agent.process.logFile, '');
    await agent.process.start();
    const said = await waitUntil(
      () => {
        const log = readFileSync(agent.process.logFile, 'utf8');
        return log.includes('join-token-wrong') && log;
      },
      { for: 'the log to say so' },
    );
    expect(said).toContain('tokenFile');
    expect((await control?.api().nodes())?.items.map(({ name }) => name)).toEqual(['lb1']);
    writeFileSync(tokenFile, right);
    await agent.process.stop();
    await agent.process.start();
    if (control) await waitForAgents(control, fleet.nodes);
  });
});

describe('a full disk under the store', () => {
  const mounted: string[] = [];
  afterEach(() => {
    for (const folder of mounted.splice(0)) unmount(folder);
  });

  it.each(waysToFill())(
    '%s: refused with a next step, nothing is changed, nothing is lost',
    async (_name, way) => {
      const sandbox = await createSandbox();
      const folder = join(sandbox.folder, 'control/data');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (way === 'mount') {
        mount(folder);
        mounted.push(folder);
      }
      const fleet = await start({
        sandbox,
        nodes: ['lb1', 'lb2'].map((name) => ({ name })),
        backends: WEB,
        stateFile: true,
        control: true,
      });
      const [lb1] = fleet.instances;
      expectExit(await disable(fleet, 'web/web1'), 0);
      const load = await startLoad({ sandbox, targets: fleet.targets, rate: 300, durationMs: 60_000 });
      const disk = way === 'mount' ? fillMount(folder) : limitFiles(fleet.control?.process.pid ?? 0);
      const refused = await disable(fleet, 'web/web2');
      expectError(refused, 1, way === 'mount' ? /disk .*full/ : /store/);
      for (const instance of fleet.instances) expect(await adminOf(instance, 'web/web2')).toBe('ready');
      expectExit(await fleet.hafleet('status'), 1);
      // What was wanted holds on: the store is not asked for it.
      await lb1?.haproxy.reload();
      if (lb1) await untilAdmin(lb1, 'web/web1', 'maint', 1_000);
      disk.free();
      expectExit(await disable(fleet, 'web/web2'), 0);
      await fleet.control?.process.stop({ signal: 'SIGKILL' });
      await fleet.control?.process.start();
      const api = fleet.control?.api();
      await waitUntil(async () => (await api?.nodes())?.items.every(({ connected }) => connected), {
        for: 'both agents',
      });
      const held = (await api?.status())?.intents.map(({ server }) => server).sort();
      expect(held).toEqual(['web1', 'web2']);
      expect((await load.stop()).failed).toBe(0);
    },
  );
});

describe('a full disk under an agent', () => {
  it('nothing is acknowledged that it could not write down, and all of it is once there is room', async () => {
    const fleet = await start({
      nodes: ['lb1', 'lb2'].map((name) => ({ name })),
      backends: WEB,
      control: true,
    });
    const { agent } = fleet.node('lb2');
    const disk = limitFiles(agent?.process.pid ?? 0);
    const result = await disable(fleet, 'web/web1');
    expectExit(result, 10);
    expect(result.stdout).toMatch(/ok\s+lb1/);
    expect(result.stdout).toMatch(/(failed|pending)\s+lb2/);
    const { restarts } = agent?.process ?? { restarts: -1 };
    expect(restarts, 'a full disk ended the agent').toBe(0);
    disk.free();
    await untilDone(fleet, 'CHG-1');
    expect(await adminOf(fleet.instance('lb2/http'), 'web/web1')).toBe('maint');
  });
});

/** A small file system where this process may mount one, and the kernel's limit for the size of files everywhere. */
function waysToFill(): [string, 'mount' | 'limit'][] {
  const limit: [string, 'limit'] = ['no file may grow', 'limit'];
  return canMount() ? [['no space on its file system', 'mount'], limit] : [limit];
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'hafleet-mount-'));
  try {
    mount(folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

function mount(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', folder], { stdio: 'ignore' });
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
}

function fillMount(folder: string): { free(): void } {
  const filler = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  return { free: () => rmSync(filler) };
}

/** Not a byte to any file, logs included. Node ignores the signal that comes with it, so a write fails as one on a full disk does. */
function limitFiles(pid: number): { free(): void } {
  const set = (limit: string) => execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${limit}:unlimited`]);
  set('0');
  return { free: () => void set('unlimited') };
}

function allStates(fleet: Fleet): Promise<string[]> {
  return Promise.all(
    fleet.instances.map(async ({ haproxy }) => {
      const text = await haproxy.ask('show servers state');
      return text
        .split('\n')
        .map((line) => line.split(' ').slice(1, 9).join(' '))
        .join('\n');
    }),
  );
}
