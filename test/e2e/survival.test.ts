import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Fleet,
  type FleetInstance,
  type FleetOptions,
  type HaproxyVersion,
  anyVersion,
  startAppServer,
  startLoad,
  waitUntil,
} from '../../dev/index.ts';
import { enrol } from '../support/enrol.ts';
import {
  adminOf,
  expectExit,
  factsOf,
  fleetsOfThisFile,
  howLate,
  isUp,
  oldestAndNewest,
  stateFileLines,
  untilAdmin,
  untilRed,
} from '../support/fleet-facts.ts';

const start = fleetsOfThisFile();

const WEB = { web: ['web1', 'web2', 'web3', 'web4', 'web5', 'web6'] };

function nodesOf(version: HaproxyVersion, count: number): FleetOptions['nodes'] {
  return Array.from({ length: count }, (_, i) => ({ name: `lb${i + 1}`, version }));
}

/** web1 in maint, web2 in drain, web3 at weight 7, web4 red: the four things that a reload forgets. */
async function holdAll(fleet: Fleet): Promise<void> {
  const api = fleet.control?.api();
  await fleet.app('web4').behave({ kind: 'fail', status: 500 });
  const common = { reason: 'held by a test', waitMs: 20_000 };
  const made = [
    await api?.createChange({ ...common, kind: 'disable', targets: ['web/web1'] }),
    await api?.createChange({ ...common, kind: 'drain', targets: ['web/web2'] }),
    await api?.createChange({ ...common, kind: 'weight', targets: ['web/web3'], weight: 7 }),
  ];
  expect(made.map((answer) => answer?.change?.state)).toEqual(['done', 'done', 'done']);
  for (const instance of fleet.instances) await untilRed(instance, 'web/web4');
}

async function isHeld(instance: FleetInstance): Promise<boolean> {
  const [maint, drain, weight] = await Promise.all(
    ['web1', 'web2', 'web3'].map((name) => factsOf(instance, `web/${name}`)),
  );
  return maint?.admin === 'maint' && drain?.admin === 'drain' && weight?.weight === 7;
}

async function untilHeld(instance: FleetInstance, timeoutMs = 5_000): Promise<void> {
  await waitUntil(() => isHeld(instance), { for: `all that is wanted on ${instance.name}`, timeoutMs });
}

/** The agent writes health at most once a poll. */
async function untilStateFileIsWhole(instance: FleetInstance): Promise<void> {
  await waitUntil(() => stateFileLines(instance).size === 3, { for: `three lines for ${instance.name}` });
}

/** One load balancer that holds all three intents, in its state file too; no server that is `out` has had a request. */
async function startWithServersOut(version: HaproxyVersion) {
  const fleet = await start({
    nodes: nodesOf(version, 1),
    backends: WEB,
    stateFile: true,
    control: true,
  });
  const lb1 = fleet.instance('lb1/http');
  await holdAll(fleet);
  await untilStateFileIsWhole(lb1);
  const out = ['web1', 'web2', 'web4'];
  for (const name of out) fleet.app(name).resetCounts();
  return { fleet, lb1, out };
}

describe.each(oldestAndNewest())('what was wanted survives, on HAProxy %s', (version) => {
  it('a reload by anyone, with the state-file lines: not one request reaches a server in maint, in drain or red', async () => {
    const { fleet, lb1, out } = await startWithServersOut(version);
    const load = await startLoad({
      sandbox: fleet.sandbox,
      targets: fleet.targets,
      rate: 2_000,
      connections: 32,
      durationMs: 60_000,
    });
    for (const way of ['signal', 'master', 'signal'] as const) {
      const before = (await load.report()).sent;
      expect((await lb1.haproxy.reload(way)).ok).toBe(true);
      await waitUntil(async () => (await load.report()).sent > before + 1_000, {
        for: '1,000 more requests',
      });
      await untilHeld(lb1);
    }
    const report = await load.stop();
    expect(report.failed, JSON.stringify(report.reasons)).toBe(0);
    expect(out.map((name) => [name, fleet.app(name).counts().requests])).toEqual(
      out.map((name) => [name, 0]),
    );
    expect(report.sent).toBeGreaterThan(3_000);
  });

  it('a reload by anyone, without these lines: applied again within 500 ms', async () => {
    const fleet = await start({ nodes: nodesOf(version, 1), backends: WEB, control: true });
    const lb1 = fleet.instance('lb1/http');
    await holdAll(fleet);
    for (const way of ['signal', 'master', 'signal', 'master'] as const) {
      await lb1.haproxy.reload(way);
      const late = await howLate(() => isHeld(lb1), 'what is wanted, after a reload');
      console.log(`HAProxy ${version}: again as wanted ${late.ms.toFixed(0)} ms after a reload`);
      expect(late.ms).toBeLessThan(500 + late.measureMs);
    }
  });

  it('a reload at the very moment of a change: it is done everywhere, and nobody hears of the reload', async () => {
    const fleet = await start({
      nodes: nodesOf(version, 2),
      backends: WEB,
      stateFile: true,
      control: true,
    });
    const api = fleet.control?.api();
    for (let round = 0; round < 4; round++) {
      const kind = round % 2 === 0 ? 'disable' : 'enable';
      const reloads = Promise.all(fleet.instances.map(({ haproxy }) => haproxy.reload()));
      // The first meets the reload, the second comes while the old worker may still be there.
      for (const name of ['web1', 'web2']) {
        const made = await api?.createChange({ kind, targets: [`web/${name}`], waitMs: 20_000 });
        expect(made?.change?.state, JSON.stringify(made?.change?.results)).toBe('done');
      }
      await reloads;
      for (const instance of fleet.instances)
        for (const name of ['web1', 'web2'])
          await untilAdmin(instance, `web/${name}`, kind === 'disable' ? 'maint' : 'ready', 2_000);
    }
  });

  it('kill -9 of the worker and of the master of HAProxy: nothing reaches what is out', async () => {
    const { fleet, lb1, out } = await startWithServersOut(version);
    const load = await startLoad({
      sandbox: fleet.sandbox,
      targets: fleet.targets,
      rate: 500,
      mode: 'close',
      durationMs: 60_000,
    });
    for (const kill of ['killWorker', 'killMaster'] as const) {
      const { restarts } = lb1.haproxy;
      await lb1.haproxy[kill]();
      await waitUntil(() => lb1.haproxy.restarts > restarts, { for: 'the restart of HAProxy' });
      await lb1.haproxy.waitReady();
      const { ok } = await load.report();
      await waitUntil(async () => (await load.report()).ok > ok + 200, { for: 'traffic after the crash' });
      await untilHeld(lb1);
    }
    await load.stop();
    expect(out.map((name) => [name, fleet.app(name).counts().requests])).toEqual(
      out.map((name) => [name, 0]),
    );
  });

  it('kill -9 of the agent: HAProxy is not touched, a reload in between changes nothing, and it goes on where it was', async () => {
    const fleet = await start({
      nodes: nodesOf(version, 1),
      backends: WEB,
      stateFile: true,
      control: true,
    });
    const lb1 = fleet.instance('lb1/http');
    const agent = fleet.node('lb1').agent;
    await holdAll(fleet);
    await untilStateFileIsWhole(lb1);
    const pid = await lb1.haproxy.workerPid();
    await agent?.process.stop({ signal: 'SIGKILL' });
    expect(await lb1.haproxy.workerPid()).toBe(pid);
    expect(await isHeld(lb1)).toBe(true);
    await lb1.haproxy.reload();
    // The state file brings maint, drain and DOWN; a weight is not in it and waits for the agent.
    expect(await adminOf(lb1, 'web/web1')).toBe('maint');
    expect(await adminOf(lb1, 'web/web2')).toBe('drain');
    expect((await factsOf(lb1, 'web/web4'))?.operationalState).toBe(0);
    await agent?.process.start();
    await untilHeld(lb1);
    const change = await fleet.control?.api().createChange({
      kind: 'enable',
      targets: ['web/web1'],
      waitMs: 20_000,
    });
    expect(change?.change?.state).toBe('done');
    expect(await isUp(lb1, 'web/web1')).toBe(true);
  });

  it('kill -9 of the server: traffic and maint stay, and it comes back with everything', async () => {
    const fleet = await start({ nodes: nodesOf(version, 2), backends: WEB, control: true });
    await holdAll(fleet);
    expectExit(await fleet.hafleet('backend', 'set', 'web', '--min-healthy', '2', '--yes'), 0);
    const api = fleet.control?.api();
    const read = async () => ({
      changes: (await api?.changes())?.items.map(({ id, kind, state, who, why, active }) => ({
        id,
        kind,
        state,
        who,
        why,
        active,
      })),
      intents: (await api?.status())?.intents.map(({ id, want, revision }) => ({ id, want, revision })),
      floor: await api?.backend('web'),
      nodes: (await api?.nodes())?.items.map(({ name, connected }) => ({ name, connected })),
    });
    const before = await read();
    const load = await startLoad({
      sandbox: fleet.sandbox,
      targets: fleet.targets,
      rate: 300,
      durationMs: 60_000,
    });
    await fleet.control?.process.stop({ signal: 'SIGKILL' });
    const { sent } = await load.report();
    await waitUntil(async () => (await load.report()).sent > sent + 300, { for: 'a second of traffic' });
    for (const instance of fleet.instances) expect(await isHeld(instance)).toBe(true);
    await fleet.control?.process.start();
    await waitUntil(async () => (await read()).nodes?.every(({ connected }) => connected), {
      for: 'both agents at the server',
    });
    expect(await read()).toEqual(before);
    const again = await fleet.hafleet('server', 'disable', 'web/web1', '--yes');
    expectExit(again, 0);
    expect(again.stdout).toContain('already so');
    // The red one, web4, answers 500 only where a check has not yet found out: the checks had.
    expect((await load.stop()).reasons).toEqual({});
  });

  it('a node that was off when the change was made: pending, exit 10, applied within 5 s of its return', async () => {
    const fleet = await start({ nodes: nodesOf(version, 2), backends: WEB, control: true });
    const [lb1, lb2] = [fleet.instance('lb1/http'), fleet.instance('lb2/http')];
    const { agent } = fleet.node('lb2');
    await agent?.process.stop();
    await lb2.haproxy.stop();
    const out = await fleet.hafleet('server', 'disable', 'web/web1', '--yes', '--reason', 'disk');
    expectExit(out, 10);
    expect(out.stdout).toMatch(/pending\s+lb2/);
    expect(out.stdout).toMatch(/ok\s+lb1/);
    expect(await adminOf(lb1, 'web/web1')).toBe('maint');
    expectExit(await fleet.hafleet('server', 'weight', 'web/web3', '7', '--yes'), 10);
    await lb2.haproxy.start();
    await agent?.process.start();
    const late = await howLate(
      async () =>
        (await adminOf(lb2, 'web/web1')) === 'maint' && (await factsOf(lb2, 'web/web3'))?.weight === 7,
      'what was wanted of a node that was off',
    );
    expect(late.ms).toBeLessThan(5_000);
    const api = fleet.control?.api();
    await waitUntil(async () => (await api?.change('CHG-1'))?.state === 'done', {
      for: 'CHG-1 done',
      timeoutMs: 5_000,
    });
  });

  it('a removed or renamed server: its intent waits and is shown, and holds when it returns', async () => {
    const fleet = await start({ nodes: nodesOf(version, 1), backends: WEB, control: true });
    const lb1 = fleet.instance('lb1/http');
    await holdAll(fleet);
    const config = readFileSync(lb1.haproxy.paths.configFile, 'utf8');
    lb1.haproxy.writeConfig(config.replace('server web1 ', 'server web9 '));
    await lb1.haproxy.reload();
    await waitUntil(async () => (await factsOf(lb1, 'web/web2'))?.admin === 'drain', {
      for: 'the other intents',
    });
    expect(await adminOf(lb1, 'web/web9')).toBe('ready');
    const status = await waitUntil(
      async () => {
        const shown = await fleet.hafleet('status');
        return shown.stdout.includes('web9') || !shown.stdout.includes('‖ web1') ? shown : undefined;
      },
      { for: 'a status without web1' },
    );
    expect(`${status.stdout}${status.stderr}`).toMatch(/web1\b.*(wait|absent|no .*has)/i);
    const change = await fleet.control?.api().change('CHG-1');
    expect(change?.active).toBe(true);
    lb1.haproxy.writeConfig(config);
    await lb1.haproxy.reload();
    const late = await howLate(
      async () => (await adminOf(lb1, 'web/web1')) === 'maint',
      'web1 in maint again',
    );
    expect(late.ms).toBeLessThan(500 + late.measureMs);
  });

  it('the state file has a line for each server in maint, in drain or down, and for no other', async () => {
    const fleet = await start({
      nodes: nodesOf(version, 1),
      backends: WEB,
      stateFile: true,
      control: true,
    });
    const lb1 = fleet.instance('lb1/http');
    await holdAll(fleet);
    await untilStateFileIsWhole(lb1);
    const lines = stateFileLines(lb1);
    expect([...lines.keys()].sort()).toEqual(['web/web1', 'web/web2', 'web/web4']);
    for (const name of ['web1', 'web2', 'web4']) {
      const { address, port } = fleet.app(name);
      const line = lines.get(`web/${name}`);
      expect([line?.[4], line?.[18]]).toEqual([address, String(port)]);
    }
    // A server that comes back loses its line: what it is then is haproxy.cfg's business again.
    await fleet.app('web4').behave({ kind: 'ok' });
    expectExit(await fleet.hafleet('server', 'enable', 'web/web[1-2]', '--yes'), 0);
    await waitUntil(() => stateFileLines(lb1).size === 0, { for: 'a state file without a line' });
    await lb1.haproxy.reload();
    for (const name of WEB.web) expect(await isUp(lb1, `web/${name}`), name).toBe(true);
  });

  it('an old port in the state file: the agent corrects it before the server comes in', async () => {
    const fleet = await start({
      nodes: nodesOf(version, 1),
      backends: WEB,
      stateFile: true,
      control: true,
    });
    const lb1 = fleet.instance('lb1/http');
    await holdAll(fleet);
    await untilStateFileIsWhole(lb1);
    const old = fleet.app('web1');
    const moved = await startAppServer({
      sandbox: fleet.sandbox,
      name: 'web1',
      address: old.address,
      port: 8081,
    });
    // What is left at the old port looks healthy and is not: a gate there would open.
    await old.behave({ kind: 'fail', status: 500 }, 'traffic');
    old.resetCounts();
    const agent = fleet.node('lb1').agent;
    const config = readFileSync(lb1.haproxy.paths.configFile, 'utf8');
    // Nobody looks while somebody edits haproxy.cfg and reloads: the worst case.
    await agent?.process.stop({ signal: 'SIGKILL' });
    lb1.haproxy.writeConfig(config.replace(`web1 ${old.address}:8080`, `web1 ${old.address}:8081`));
    await lb1.haproxy.reload();
    expect(await factsOf(lb1, 'web/web1')).toMatchObject({ admin: 'maint', port: 8080 });
    const load = await startLoad({
      sandbox: fleet.sandbox,
      targets: fleet.targets,
      rate: 500,
      durationMs: 60_000,
    });
    await agent?.process.start();
    await waitUntil(async () => (await factsOf(lb1, 'web/web1'))?.port === 8081, { for: 'the new port' });
    await waitUntil(() => stateFileLines(lb1).get('web/web1')?.[18] === '8081', {
      for: 'the new port on file',
    });
    expect(await adminOf(lb1, 'web/web1')).toBe('maint');
    const api = fleet.control?.api();
    await waitUntil(async () => (await api?.nodes())?.items[0]?.connected, {
      for: 'the agent at the server',
    });
    expectExit(await fleet.hafleet('server', 'enable', 'web/web1', '--yes'), 0);
    await waitUntil(() => moved.counts().requests > 10, { for: 'traffic at the new port' });
    expect((await load.stop()).failed).toBe(0);
    expect(old.counts().requests).toBe(0);
  });
});

describe('what was wanted survives', () => {
  it('holds on a node that joins later, for * and for a label', async () => {
    const fleet = await start({
      nodes: [
        { name: 'lb1', labels: { role: 'edge' } },
        { name: 'lb2', agent: false },
        { name: 'lb3', agent: false },
      ],
      backends: WEB,
      control: true,
    });
    expectExit(await fleet.hafleet('server', 'disable', 'web/web1', '--on', '@role:edge', '--yes'), 0);
    expectExit(await fleet.hafleet('server', 'drain', 'web/web2', '--yes'), 0);
    await enrol(fleet, 'lb2', { labels: { role: 'edge' } });
    await enrol(fleet, 'lb3', { labels: { role: 'core' } });
    const [lb2, lb3] = [fleet.instance('lb2/http'), fleet.instance('lb3/http')];
    await untilAdmin(lb2, 'web/web1', 'maint', 5_000);
    await untilAdmin(lb2, 'web/web2', 'drain', 5_000);
    await untilAdmin(lb3, 'web/web2', 'drain', 5_000);
    expect(await adminOf(lb3, 'web/web1')).toBe('ready');
  });

  it('an agent that starts while no server answers keeps holding, through a reload too', async () => {
    const fleet = await start({ nodes: nodesOf(anyVersion(), 1), backends: WEB, control: true });
    const lb1 = fleet.instance('lb1/http');
    const agent = fleet.node('lb1').agent;
    await holdAll(fleet);
    await fleet.control?.process.stop({ signal: 'SIGKILL' });
    await agent?.process.stop({ signal: 'SIGKILL' });
    await agent?.process.start();
    await lb1.haproxy.reload();
    await untilHeld(lb1);
    await agent?.process.stop({ signal: 'SIGKILL' });
    await lb1.haproxy.reload();
    expect(await isHeld(lb1)).toBe(false);
    await agent?.process.start();
    await untilHeld(lb1);
  });

  it.each(['cut', 'stalled', 'frozen'] as const)(
    'a node whose agent is %s is reported pending, exit 10, and follows within 5 s of its return',
    async (how) => {
      const fleet = await start({ nodes: nodesOf(anyVersion(), 2), backends: WEB, control: true });
      const { agent, agentLink } = fleet.node('lb2');
      const lb2 = fleet.instance('lb2/http');
      if (how === 'cut') await agentLink?.cut();
      else if (how === 'stalled') await agentLink?.stall();
      else agent?.process.freeze();
      const out = await fleet.hafleet('server', 'disable', 'web/web1', '--yes', '--reason', 'disk');
      expectExit(out, 10);
      expect(out.stdout).toMatch(/pending\s+lb2/);
      expect(await adminOf(lb2, 'web/web1')).toBe('ready');
      if (how === 'frozen') agent?.process.thaw();
      else await agentLink?.heal();
      const late = await howLate(
        async () => (await adminOf(lb2, 'web/web1')) === 'maint',
        `lb2, ${how}, back`,
      );
      expect(late.ms).toBeLessThan(5_000);
      const api = fleet.control?.api();
      await waitUntil(async () => (await api?.change('CHG-1'))?.state === 'done', { for: 'CHG-1 done' });
    },
  );
});
