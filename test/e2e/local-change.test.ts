import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliResult, type Fleet, createSandbox, runCli, waitUntil } from '../../dev/index.ts';
import type { Change } from '../../src/api/index.ts';
import { adminOf, expectExit, fleetsOfThisFile, untilAdmin } from '../support/fleet-facts.ts';

const startFleet = fleetsOfThisFile();

/** Somebody listens at a unix socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true)).on('error', () => resolve(false));
    socket.end();
  });
}

interface Rig {
  readonly fleet: Fleet;
  readonly agentSocket: string;
  /** `hafleet --socket …` on lb1's machine. */
  readonly socket: (...args: string[]) => Promise<CliResult>;
  changes(): Promise<readonly Change[]>;
  held(): { local: { id: string; kind: string }[]; intents: { change: string }[] };
  restartHaproxy(): Promise<void>;
}

async function start(): Promise<Rig> {
  const fleet = await startFleet({
    nodes: [{ name: 'lb1' }, { name: 'lb2' }],
    backends: { app: ['app1', 'app2', 'app3'] },
    stateFile: true,
    control: true,
  });
  const { sandbox, control } = fleet;
  if (!control) throw new Error('no control server');
  const { paths } = fleet.instance('lb1/http').haproxy;
  const agentSocket = join(sandbox.folder, 'lb1/agent/data/agent.sock');
  const run = (args: readonly string[]) => runCli(args, { sandbox });
  return {
    fleet,
    agentSocket,
    socket: (...args) => run(['--socket', paths.statsSocket, '--agent-socket', agentSocket, ...args]),
    changes: async () => (await control.api().changes({ limit: 20 })).items,
    held: () => JSON.parse(readFileSync(join(sandbox.folder, 'lb1/agent/data/held.json'), 'utf8')),
    async restartHaproxy() {
      const { haproxy } = fleet.instance('lb1/http');
      await haproxy.stop();
      await haproxy.start();
    },
  };
}

const yes = ['--yes', '--reason', 'disk'] as const;

describe('--socket beside an agent', () => {
  it('holds a change with no server, over reloads and kills, and hands it to the fleet once', async () => {
    const rig = await start();
    const { fleet, socket } = rig;
    const lb1 = fleet.instance('lb1/http');
    const lb2 = fleet.instance('lb2/http');
    expectExit(await fleet.hafleet('server', 'drain', 'app/app1', ...yes), 0);
    await untilAdmin(lb1, 'app/app1', 'drain');
    await fleet.control?.process.stop({ signal: 'SIGKILL' });

    const done = await socket('server', 'disable', 'app/app1', ...yes);
    expectExit(done, 0);
    expect(done.stdout).toMatch(/LOC-[0-9a-f]{12}, kept by its agent/);
    expect(await adminOf(lb1, 'app/app1')).toBe('maint');
    expect(rig.held().local).toMatchObject([{ kind: 'disable' }]);

    await lb1.haproxy.reload();
    expect(await adminOf(lb1, 'app/app1')).toBe('maint');
    // Killed, and with the memory of nobody but the disk: agent, then HAProxy.
    await fleet.node('lb1').agent?.process.stop({ signal: 'SIGKILL' });
    await lb1.haproxy.ask('set server app/app1 state ready');
    await fleet.node('lb1').agent?.process.start();
    await rig.restartHaproxy();
    await untilAdmin(lb1, 'app/app1', 'maint');

    await fleet.control?.process.start();
    const taken = await waitUntil(
      async () => {
        const change = (await rig.changes()).find(({ source }) => source === 'local');
        return change?.state === 'done' && rig.held().local.length === 0 && change;
      },
      { for: 'the change of the fleet', timeoutMs: 15_000 },
    );
    expect(taken).toMatchObject({ id: 'CHG-2', kind: 'disable', why: 'disk', on: 'lb1', instance: 'http' });
    expect(taken.who).toMatch(/@lb1$/);
    expect(
      rig
        .held()
        .intents.map(({ change }) => change)
        .sort(),
    ).toEqual(['CHG-1', 'CHG-2']);
    expect(await adminOf(lb1, 'app/app1')).toBe('maint');
    expect(await adminOf(lb2, 'app/app1')).toBe('drain');

    expectExit(await fleet.hafleet('change', 'retry', 'CHG-2', '--yes'), 0);
    expectExit(await fleet.hafleet('change', 'undo', 'CHG-2', '--yes'), 0);
    expect((await rig.changes()).filter(({ source }) => source === 'local')).toHaveLength(1);
  });

  it('outranks what a server wants, also when that comes later, and ends it with an enable', async () => {
    const rig = await start();
    const { fleet, socket } = rig;
    const lb1 = fleet.instance('lb1/http');
    expectExit(await fleet.hafleet('server', 'disable', 'app/app1', ...yes), 0);
    await fleet.node('lb1').agentLink?.cut();
    expectExit(await socket('server', 'enable', 'app/app1', '--yes'), 0);
    expect(await adminOf(lb1, 'app/app1')).toBe('ready');
    expectExit(await fleet.hafleet('server', 'drain', 'app/app1', ...yes), 10);
    await fleet.node('lb1').agentLink?.heal();
    await waitUntil(
      async () => {
        const local = (await rig.changes()).find(({ source }) => source === 'local');
        return local?.state === 'done' && rig.held().local.length === 0 && rig.held().intents.length === 0;
      },
      { for: 'the enable taken up', timeoutMs: 15_000 },
    );
    expect(await adminOf(lb1, 'app/app1')).toBe('ready');
    expect(await adminOf(fleet.instance('lb2/http'), 'app/app1')).toBe('drain');
  });

  it('keeps a red server out: back to maint at the deadline', async () => {
    const rig = await start();
    const { fleet, socket } = rig;
    const lb1 = fleet.instance('lb1/http');
    expectExit(await socket('server', 'disable', 'app/app1', ...yes), 0);
    await fleet.app('app1').behave({ kind: 'fail', status: 500 });
    fleet.app('app1').resetCounts();
    const failed = await socket('server', 'enable', 'app/app1', '--yes', '--gate', '2s');
    expectExit(failed, 1);
    expect(failed.stdout + failed.stderr).toMatch(/checks stayed red/);
    expect(await adminOf(lb1, 'app/app1')).toBe('maint');
    expect(fleet.app('app1').counts().requests).toBe(0);
    await waitUntil(
      async () => (await rig.changes()).filter(({ source }) => source === 'local').length === 2,
      {
        for: 'both in the fleet',
      },
    );
    expect((await rig.changes())[0]).toMatchObject({ kind: 'enable', state: 'failed' });
  });

  it('is neither lost nor doubled when agent and server are killed in between', async () => {
    const rig = await start();
    const { fleet, socket } = rig;
    const lb1 = fleet.instance('lb1/http');
    const agent = fleet.node('lb1').agent?.process;
    const control = fleet.control?.process;
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      const verb = round % 2 === 0 ? 'disable' : 'drain';
      const asked = socket('server', verb, 'app/app2', '--yes', '--reason', `round ${round}`);
      // At another moment each time: before it is taken in, while it is told, after it was taken up.
      if (round % 3 === 0) control?.kill('SIGKILL');
      expectExit(await asked, 0);
      const restarts = agent?.restarts ?? 0;
      agent?.kill('SIGKILL');
      if (round % 3 === 1) control?.kill('SIGKILL');
      await waitUntil(() => (agent?.restarts ?? 0) > restarts && answers(rig.agentSocket), {
        for: 'the agent',
      });
      await waitUntil(
        () =>
          fleet.control
            ?.api()
            .info()
            .then(() => true)
            .catch(() => false),
        { for: 'the server' },
      );
    }
    await waitUntil(() => rig.held().local.length === 0, { for: 'all taken up', timeoutMs: 20_000 });
    const reasons = (await rig.changes()).filter(({ source }) => source === 'local').map(({ why }) => why);
    expect(reasons.sort()).toEqual(Array.from({ length: rounds }, (_, round) => `round ${round}`));
    expect(await adminOf(lb1, 'app/app2')).toBe('drain');
  });

  it('finds the agent by what it leaves in the runtime folder, and goes straight where none runs', async () => {
    const sandbox = await createSandbox({ name: 'hf-local' });
    const folder = join(sandbox.folder, 'run');
    mkdirSync(folder);
    const fleet = await startFleet({
      sandbox,
      nodes: [{ name: 'lb1', agent: { env: { HAFLEET_RUNTIME_DIR: folder } } }],
      control: true,
    });
    const { statsSocket } = fleet.instance('lb1/http').haproxy.paths;
    const socket = (verb: string) =>
      runCli(['--socket', statsSocket, 'server', verb, 'app/app1', ...yes], {
        sandbox,
        env: { HAFLEET_RUNTIME_DIR: folder },
      });
    const through = await socket('disable');
    expectExit(through, 0);
    expect(through.stdout).toMatch(/kept by its agent/);
    await fleet.node('lb1').agent?.process.stop({ signal: 'SIGKILL' });
    expect(readdirSync(folder)).toEqual(['lb1.json']);
    const straight = await socket('drain');
    expectExit(straight, 0);
    expect(straight.stdout).toMatch(/a reload forgets it unless an agent holds it/);
  });
});
