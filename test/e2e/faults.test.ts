import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ConfigContext,
  type Fleet,
  type HaproxyVersion,
  type Relay,
  anyVersion,
  defaultConfig,
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
