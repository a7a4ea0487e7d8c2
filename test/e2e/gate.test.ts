import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type AppServer,
  type ConfigContext,
  type Fleet,
  type HaproxyVersion,
  anyVersion,
  createSandbox,
  defaultConfig,
  get,
  startAppServer,
  startLoad,
  waitUntil,
} from '../../dev/index.ts';
import {
  adminOf,
  expectExit,
  factsOf,
  fleetsOfThisFile,
  isUp,
  oldestAndNewest,
  untilAdmin,
} from '../support/fleet-facts.ts';

const start = fleetsOfThisFile();

const WEB = { web: ['web1', 'web2', 'web3'] };

function startOne(version: HaproxyVersion = anyVersion()): Promise<Fleet> {
  return start({ nodes: [{ name: 'lb1', version }], backends: WEB, control: true });
}

async function disable(fleet: Fleet, target = 'web/web1'): Promise<void> {
  expectExit(await fleet.hafleet('server', 'disable', target, '--yes', '--reason', 'deploy'), 0);
}

const enable = (fleet: Fleet, ...more: string[]) =>
  fleet.hafleet('server', 'enable', 'web/web1', '--yes', ...more);

const drain = (fleet: Fleet, ...more: string[]) =>
  fleet.hafleet('server', 'drain', 'web/web1', '--yes', ...more);

/** Asks for it, and does not wait for how it ends. */
async function enterGate(fleet: Fleet): Promise<void> {
  expectExit(await enable(fleet, '--no-wait'), 0);
  for (const instance of fleet.instances) await untilAdmin(instance, 'web/web1', 'drain');
}

const settled = (fleet: Fleet, id: string, state: string) =>
  waitUntil(async () => (await fleet.control?.api().change(id))?.state === state, {
    for: `${id} ${state}`,
  });

/** Without a rate as fast as the machine can, which is what the gate is for. */
const flood = (fleet: Fleet, rate?: number) =>
  startLoad({
    sandbox: fleet.sandbox,
    targets: fleet.targets,
    connections: rate ? 16 : 64,
    durationMs: 100_000,
    ...(rate && { rate }),
  });

async function waitForAgents(fleet: Fleet): Promise<void> {
  await waitUntil(async () => (await fleet.control?.api().nodes())?.items.every((node) => node.connected), {
    for: 'every agent at the server',
  });
}

/** Two nodes with web1 in maint: what lb1 has by that name works, what lb2 has is broken. Their requests are counted from now. */
async function startWithRedNode(version: HaproxyVersion): Promise<{ fleet: Fleet; red: AppServer }> {
  const sandbox = await createSandbox();
  const red = await startAppServer({ sandbox, name: 'red' });
  const config = (context: ConfigContext) =>
    defaultConfig(context).replace(/server web1 \S+/, `server web1 ${red.address}:${red.port}`);
  const fleet = await start({
    sandbox,
    nodes: [
      { name: 'lb1', version },
      { name: 'lb2', version, instances: [{ name: 'http', config }] },
    ],
    backends: WEB,
    control: true,
  });
  await disable(fleet);
  await red.behave({ kind: 'fail', status: 500 });
  red.resetCounts();
  fleet.app('web1').resetCounts();
  return { fleet, red };
}

const GATES = 3;

describe.each(oldestAndNewest())('the health gate of enable, on HAProxy %s', (version) => {
  it('sends 0 requests to a broken server at full load, gate after gate', async () => {
    const fleet = await start({
      nodes: [{ name: 'lb1', version }],
      backends: WEB,
      apps: 'fast',
      control: true,
    });
    const web1 = fleet.fastApp('web1');
    const lb1 = fleet.instance('lb1/http');
    const load = await flood(fleet);
    for (let gate = 0; gate < GATES; gate++) {
      await disable(fleet);
      await web1.behave('fail');
      await web1.resetCounts();
      // Red until the deadline: back to maint, exit 1.
      expectExit(await enable(fleet, '--gate', '1s'), 1);
      expect(await adminOf(lb1, 'web/web1')).toBe('maint');
      // Red first, green before the deadline: not one request before it is green, and then it is in.
      const opened = enable(fleet, '--gate', '20s');
      await untilAdmin(lb1, 'web/web1', 'drain');
      const { checks } = await web1.counts();
      await waitUntil(async () => (await web1.counts()).checks > checks + 2, {
        for: 'red checks at the gate',
      });
      expect((await web1.counts()).requests).toBe(0);
      await web1.behave('ok');
      expectExit(await opened, 0);
      await waitUntil(async () => (await web1.counts()).requests > 100, { for: 'traffic at web1' });
    }
    const report = await load.stop();
    console.log(
      `HAProxy ${version}: ${GATES * 2} gates at ${Math.round(report.perSecond)} requests a second`,
    );
    expect(report.failed, JSON.stringify(report.reasons)).toBe(0);
    expect(report.perSecond).toBeGreaterThan(1_000);
  });

  it('gives ready to none when one of two nodes is red: back to maint everywhere, exit 1, the red node named', async () => {
    const { fleet, red } = await startWithRedNode(version);
    const load = await flood(fleet, 1_000);
    const result = await enable(fleet, '--gate', '2s');
    expectExit(result, 1);
    expect(result.stdout).toMatch(/red\s+lb2/);
    expect(result.stdout).not.toMatch(/red\s+lb1|lb\[1-2\]/);
    for (const instance of fleet.instances) expect(await adminOf(instance, 'web/web1')).toBe('maint');
    expect((await load.stop()).failed).toBe(0);
    expect([red.counts().requests, fleet.app('web1').counts().requests]).toEqual([0, 0]);
    // Still held, and by the change that took it out.
    const status = await fleet.control?.api().status();
    expect(status?.intents.map(({ id }) => id)).toEqual(['CHG-1:web/web1']);
  });

  it('leaves drain, never a broken server in use, when the agent is killed in mid-gate; and goes on after', async () => {
    const fleet = await startOne(version);
    const web1 = fleet.app('web1');
    const lb1 = fleet.instance('lb1/http');
    const agent = fleet.node('lb1').agent;
    await disable(fleet);
    await web1.behave({ kind: 'fail', status: 500 });
    web1.resetCounts();
    const load = await flood(fleet, 1_000);
    await enterGate(fleet);
    await agent?.process.stop({ signal: 'SIGKILL' });
    const { sent } = await load.report();
    await waitUntil(async () => (await load.report()).sent > sent + 500, {
      for: '500 requests without an agent',
    });
    expect(await factsOf(lb1, 'web/web1')).toMatchObject({ admin: 'drain', operationalState: 0 });
    // Its checks go on, and alone let nobody in.
    await web1.behave({ kind: 'ok' });
    await waitUntil(async () => (await factsOf(lb1, 'web/web1'))?.operationalState === 2, {
      for: 'a green check',
    });
    expect(await adminOf(lb1, 'web/web1')).toBe('drain');
    expect(web1.counts().requests).toBe(0);
    await agent?.process.start();
    await waitUntil(() => isUp(lb1, 'web/web1'), { for: 'web1 in after all' });
    await settled(fleet, 'CHG-2', 'done');
    expect((await load.stop()).failed).toBe(0);
  });

  it('gives ready to none when the control server is killed in mid-gate, and finishes when it is back', async () => {
    const { fleet, red } = await startWithRedNode(version);
    const load = await flood(fleet, 1_000);
    await enterGate(fleet);
    await fleet.control?.process.stop({ signal: 'SIGKILL' });
    const { sent } = await load.report();
    await waitUntil(async () => (await load.report()).sent > sent + 500, {
      for: '500 requests without a server',
    });
    for (const instance of fleet.instances) expect(await adminOf(instance, 'web/web1')).toBe('drain');
    await fleet.control?.process.start();
    // It has heard nobody yet: that proves nobody green.
    expect((await fleet.control?.api().change('CHG-2'))?.state).toBe('running');
    await waitForAgents(fleet);
    const { checks } = red.counts();
    await waitUntil(() => red.counts().checks > checks + 3, { for: 'red checks at the gate' });
    expect([red.counts().requests, fleet.app('web1').counts().requests]).toEqual([0, 0]);
    await red.behave({ kind: 'ok' });
    await settled(fleet, 'CHG-2', 'done');
    for (const instance of fleet.instances) expect(await isUp(instance, 'web/web1')).toBe(true);
    expect((await load.stop()).failed).toBe(0);
  });

  it('keeps a broken server out when HAProxy is reloaded in mid-gate', async () => {
    const fleet = await startOne(version);
    const web1 = fleet.app('web1');
    const lb1 = fleet.instance('lb1/http');
    await disable(fleet);
    await web1.behave({ kind: 'fail', status: 500 });
    await enterGate(fleet);
    await lb1.haproxy.reload();
    // Without a state file the new worker forgot both: the agent puts it back to the gate.
    await waitUntil(
      async () => {
        const facts = await factsOf(lb1, 'web/web1');
        return facts?.admin === 'drain' && facts.operationalState === 0;
      },
      { for: 'web1 at the gate again', timeoutMs: 2_000 },
    );
    await web1.behave({ kind: 'ok' });
    await settled(fleet, 'CHG-2', 'done');
  });

  it('says that a server without a check is ungated, and one whose check is switched off', async () => {
    const fleet = await start({
      nodes: [
        {
          name: 'lb1',
          version,
          instances: [
            {
              name: 'http',
              config: (context) => defaultConfig(context).replace(/(server web1 \S+)/, '$1 no-check'),
            },
          ],
        },
      ],
      backends: WEB,
      control: true,
    });
    const lb1 = fleet.instance('lb1/http');
    await disable(fleet);
    const withoutCheck = await enable(fleet);
    expectExit(withoutCheck, 0);
    expect(withoutCheck.stdout).toMatch(/ungated on lb1/);
    expect(await isUp(lb1, 'web/web1')).toBe(true);

    await disable(fleet, 'web/web2');
    await lb1.haproxy.ask('disable health web/web2');
    const switchedOff = await fleet.hafleet('server', 'enable', 'web/web2', '--yes', '--gate', '5s');
    expectExit(switchedOff, 0);
    expect(switchedOff.stdout).toMatch(/ungated on lb1/);
    expect(await isUp(lb1, 'web/web2')).toBe(true);
  });

  it('takes a draining server in again: at once when it is green, not before when it is red', async () => {
    const fleet = await startOne(version);
    const web1 = fleet.app('web1');
    const lb1 = fleet.instance('lb1/http');
    expectExit(await drain(fleet), 0);
    expectExit(await enable(fleet), 0);
    expect(await isUp(lb1, 'web/web1')).toBe(true);
    expectExit(await drain(fleet), 0);
    await web1.behave({ kind: 'fail', status: 500 });
    await waitUntil(async () => (await factsOf(lb1, 'web/web1'))?.operationalState === 0, {
      for: 'web1 red',
    });
    web1.resetCounts();
    expectExit(await enable(fleet, '--gate', '1s'), 1);
    expect(await adminOf(lb1, 'web/web1')).toBe('drain');
    expect(web1.counts().requests).toBe(0);
  });
});

describe('a lease', () => {
  it('ends by itself through the same gate: a broken server gets no request when its time is over', async () => {
    const fleet = await startOne();
    const web1 = fleet.app('web1');
    const lb1 = fleet.instance('lb1/http');
    const load = await flood(fleet, 1_000);
    expectExit(await fleet.hafleet('server', 'disable', 'web/web1', '--for', '1s', '--yes'), 0);
    await web1.behave({ kind: 'fail', status: 500 });
    web1.resetCounts();
    await untilAdmin(lb1, 'web/web1', 'drain');
    const { checks } = web1.counts();
    await waitUntil(() => web1.counts().checks > checks + 3, { for: 'red checks at the gate' });
    expect(web1.counts().requests).toBe(0);
    await web1.behave({ kind: 'ok' });
    await waitUntil(() => isUp(lb1, 'web/web1'), { for: 'web1 back after its lease' });
    await settled(fleet, 'CHG-2', 'done');
    const ended = await fleet.control?.api().change('CHG-2');
    expect(ended).toMatchObject({ kind: 'enable', who: 'lease of CHG-1', why: 'the time of CHG-1 is over' });
    expect((await fleet.control?.api().status())?.intents).toEqual([]);
    expect((await load.stop()).failed).toBe(0);
  });

  it('is not ended by an agent while no server is there, is overdue after, and then ends', async () => {
    const fleet = await startOne();
    const lb1 = fleet.instance('lb1/http');
    expectExit(await fleet.hafleet('server', 'disable', 'web/web1', '--for', '1s', '--yes', '--no-wait'), 0);
    await untilAdmin(lb1, 'web/web1', 'maint');
    await fleet.control?.process.stop({ signal: 'SIGKILL' });
    const until = heldIntent(fleet)?.until ?? 0;
    await waitUntil(() => Date.now() > until + 500, { for: 'the end of the lease' });
    expect(await adminOf(lb1, 'web/web1')).toBe('maint');
    await fleet.control?.process.start();
    await waitUntil(() => isUp(lb1, 'web/web1'), { for: 'web1 back' });
  });
});

function heldIntent(fleet: Fleet): { until?: number } | undefined {
  const folder = fleet.node('lb1').agent?.folder ?? '';
  const held = JSON.parse(readFileSync(join(folder, 'data/held.json'), 'utf8')) as {
    intents: { until?: number }[];
  };
  return held.intents[0];
}

describe.each(oldestAndNewest())('drain with a deadline, on HAProxy %s', (version) => {
  /** A request that stays open at web1 until its behaviour changes nothing any more: it hangs. */
  async function openSession(fleet: Fleet): Promise<{ readonly ended: Promise<string> }> {
    const web1 = fleet.app('web1');
    await web1.behave({ kind: 'hang' }, 'traffic');
    web1.resetCounts();
    const [target] = fleet.targets;
    if (!target) throw new Error('no target');
    const sent = Array.from({ length: 3 }, () =>
      get(target, '/web/').then(
        ({ status }) => `status ${status}`,
        (error: unknown) => String(error),
      ),
    );
    await waitUntil(() => web1.counts().requests === 1, { for: 'one request at web1' });
    await web1.behave({ kind: 'ok' }, 'traffic');
    const answers = Promise.all(sent);
    return { ended: answers.then((all) => all.find((answer) => answer !== 'status 200') ?? '') };
  }

  it('ends with exit 124 and stays in drain when sessions are left and no next step was asked for', async () => {
    const fleet = await startOne(version);
    await openSession(fleet);
    const result = await drain(fleet, '--wait', '1s');
    expectExit(result, 124);
    expect(result.stdout).toMatch(/1 sessions? left|TIMED OUT/);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('drain');
  });

  it('goes on to maint when the sessions are gone, before the deadline', async () => {
    const fleet = await startOne(version);
    const started = performance.now();
    const result = await drain(fleet, '--wait', '60s', '--then', 'disable');
    expectExit(result, 0);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('maint');
  });

  it('goes on to maint at the deadline, and leaves the session alone', async () => {
    const fleet = await startOne(version);
    const session = await openSession(fleet);
    let isEnded = false;
    void session.ended.then(() => (isEnded = true));
    const result = await drain(fleet, '--wait', '1s', '--then', 'disable');
    expectExit(result, 0);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('maint');
    expect(isEnded).toBe(false);
  });

  it('shuts down with --kill what is left at the deadline', async () => {
    const fleet = await startOne(version);
    const session = await openSession(fleet);
    const result = await drain(fleet, '--wait', '1s', '--then', 'disable', '--kill');
    expectExit(result, 0);
    expect(await session.ended).not.toMatch(/no answer within 5 s/);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('maint');
  });
});
