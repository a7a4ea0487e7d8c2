import { describe, expect, it } from 'vitest';
import {
  type ConfigContext,
  type Fleet,
  type FleetOptions,
  type HaproxyVersion,
  createSandbox,
  defaultConfig,
  startAppServer,
  waitUntil,
} from '../../dev/index.ts';
import { CELL, type Cell } from '../../src/api/index.ts';
import {
  adminOf,
  expectError,
  expectExit,
  factsOf,
  fleetsOfThisFile,
  oldestAndNewest,
  untilAdmin,
  untilRed,
} from '../support/fleet-facts.ts';

const start = fleetsOfThisFile();

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
}

function startWith(
  version: HaproxyVersion,
  nodes: number,
  backends: NonNullable<FleetOptions['backends']>,
): Promise<Fleet> {
  return start({ nodes: names('lb', nodes).map((name) => ({ name, version })), backends, control: true });
}

const disable = (fleet: Fleet, target: string, ...more: string[]) =>
  fleet.hafleet('server', 'disable', target, '--yes', ...more);

/** Ids of all changes and of all that is held: what a refused change must leave as it was. */
async function held(fleet: Fleet): Promise<{ changes?: string[]; intents?: string[] }> {
  const api = fleet.control?.api();
  const [changes, status] = [await api?.changes(), await api?.status()];
  return {
    ...(changes && { changes: changes.items.map(({ id }) => id) }),
    ...(status && { intents: status.intents.map(({ id }) => id) }),
  };
}

describe.each(oldestAndNewest())('the capacity floor, on HAProxy %s', (version) => {
  it.each([
    { servers: 1, fits: 0, floor: 1 },
    { servers: 2, fits: 1, floor: 1 },
    { servers: 3, fits: 1, floor: 2 },
    { servers: 5, fits: 2, floor: 3 },
  ])(
    'is half, rounded up, and at least one: $fits of $servers may go, floor $floor',
    async ({ servers, fits, floor }) => {
      const fleet = await startWith(version, 1, { web: names('web', servers) });
      const lb1 = fleet.instance('lb1/http');
      if (fits > 0) expectExit(await disable(fleet, `web/web[1-${fits}]`), 0);
      const before = await held(fleet);
      const refused = await disable(fleet, `web/web${fits + 1}`);
      expectError(refused, 11, /REFUSED by guard capacity/);
      expect(refused.stderr).toContain(
        `web would keep ${servers - fits - 1} usable of ${servers} on lb1, floor ${floor}.`,
      );
      expect(refused.stderr).toContain('--override capacity --reason');
      expect(await held(fleet)).toEqual(before);
      expect(await adminOf(lb1, `web/web${fits + 1}`)).toBe('ready');
    },
  );

  it('is what `backend set` says, as a number or a share; drain and weight 0 count as disable does', async () => {
    const fleet = await startWith(version, 1, { web: names('web', 5) });
    expectExit(await fleet.hafleet('backend', 'set', 'web', '--min-healthy', '80%', '--yes'), 0);
    expectExit(await fleet.hafleet('server', 'drain', 'web/web1', '--yes'), 0);
    const second = await fleet.hafleet('server', 'drain', 'web/web2', '--yes');
    expectError(second, 11, /web would keep 3 usable of 5 on lb1, floor 4\./);
    expectExit(await fleet.hafleet('backend', 'set', 'web', '--min-healthy', '3', '--yes'), 0);
    expectExit(await fleet.hafleet('server', 'weight', 'web/web2', '0', '--yes'), 0);
    expectError(await disable(fleet, 'web/web3'), 11, /web would keep 2 usable of 5 on lb1, floor 3\./);
    const shown = await fleet.hafleet('backend', 'show', 'web', '-o', 'json');
    expect(shown.stdout).toMatch(/"floor":\s*"3"/);
    expectError(
      await fleet.hafleet('backend', 'set', 'web', '--min-healthy', '101%', '--yes'),
      64,
      /101%|100%/,
    );
  });

  it('counts on each instance what that instance can use, and names the one that refuses', async () => {
    const sandbox = await createSandbox();
    const red = await startAppServer({ sandbox, name: 'red' });
    await red.behave({ kind: 'fail', status: 500 });
    const config = (context: ConfigContext) =>
      defaultConfig(context).replace(/server web2 \S+/, `server web2 ${red.address}:${red.port}`);
    const fleet = await start({
      sandbox,
      nodes: [
        { name: 'lb1', version },
        { name: 'lb2', version, instances: [{ name: 'http', config }] },
      ],
      backends: { web: names('web', 3) },
      control: true,
    });
    await untilRed(fleet.instance('lb2/http'), 'web/web2');
    const refused = await disable(fleet, 'web/web1');
    expectError(refused, 11, /web would keep 1 usable of 3 on lb2, floor 2\./);
    const refusals = refused.stderr.split('\n').filter((line) => line.startsWith('REFUSED'));
    expect(refusals).toHaveLength(1);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('ready');
    // On the other load balancer alone there is room.
    expectExit(await disable(fleet, 'web/web1', '--on', 'lb1'), 0);
  });

  it('holds for two operators at once: one is granted, the other is refused', async () => {
    const fleet = await startWith(version, 2, { web: names('web', 3) });
    const both = await Promise.all(['web/web1', 'web/web2'].map((target) => disable(fleet, target)));
    expect(new Set(both.map(({ code }) => code))).toEqual(new Set([0, 11]));
    const refused = both.find(({ code }) => code === 11);
    expect(refused?.stderr ?? '').toMatch(/web would keep 1 usable of 3 on lb\[1-2\], floor 2\./);
    for (const instance of fleet.instances) {
      const states = await Promise.all(['web1', 'web2'].map((name) => adminOf(instance, `web/${name}`)));
      expect(new Set(states)).toEqual(new Set(['maint', 'ready']));
    }
  });

  it('lets two operators say the same at once, and both are told how it ended', async () => {
    const fleet = await startWith(version, 2, { web: names('web', 3) });
    const both = await Promise.all(['a', 'b'].map((why) => disable(fleet, 'web/web1', '--reason', why)));
    for (const result of both) expect([0, 12], result.stdout + result.stderr).toContain(result.code);
    expect(both.some(({ code }) => code === 0)).toBe(true);
    for (const instance of fleet.instances) expect(await adminOf(instance, 'web/web1')).toBe('maint');
    expect((await held(fleet)).intents).toHaveLength(1);
  });

  it('never refuses to take out a server that is down everywhere', async () => {
    const fleet = await startWith(version, 2, { web: names('web', 2) });
    expectExit(await disable(fleet, 'web/web2'), 0);
    expectError(await disable(fleet, 'web/web1'), 11, /web would keep 0 usable of 2/);
    await fleet.app('web1').behave({ kind: 'fail', status: 500 });
    for (const instance of fleet.instances) await untilRed(instance, 'web/web1');
    const api = fleet.control?.api();
    // The agents tell of the red one within a poll.
    const isUsable = (cell: Cell) => cell !== null && (cell[5] & CELL.usable) !== 0;
    await waitUntil(async () => (await api?.status())?.cells.flat().every((cell) => !isUsable(cell)), {
      for: 'nothing usable in the status',
    });
    expectExit(await disable(fleet, 'web/web1'), 0);
    for (const instance of fleet.instances) expect(await adminOf(instance, 'web/web1')).toBe('maint');
  });

  it('is asked when a change is accepted and never again: a node that returns does not refuse it', async () => {
    const fleet = await startWith(version, 2, { web: names('web', 3) });
    const lb2 = fleet.instance('lb2/http');
    await fleet.node('lb2').agentLink?.cut();
    expectExit(await disable(fleet, 'web/web1'), 10);
    await fleet.app('web2').behave({ kind: 'fail', status: 500 });
    await untilRed(lb2, 'web/web2');
    await fleet.node('lb2').agentLink?.heal();
    await untilAdmin(lb2, 'web/web1', 'maint', 5_000);
  });

  it('is overridden by name and with a reason alone, and that is written down', async () => {
    const fleet = await startWith(version, 1, { web: names('web', 1) });
    expectError(await disable(fleet, 'web/web1', '--override', 'capacity'), 64, /--override needs --reason/);
    expectError(
      await disable(fleet, 'web/web1', '--override', 'capacity', '--reason', '  '),
      64,
      /--override needs --reason/,
    );
    expectError(
      await disable(fleet, 'web/web1', '--override', 'freshness', '--reason', 'the wrong one'),
      11,
      /guard capacity/,
    );
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('ready');
    expectExit(await disable(fleet, 'web/web1', '--override', 'capacity', '--reason', 'site is closed'), 0);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('maint');
    const change = await fleet.control?.api().change('CHG-1');
    expect(change).toMatchObject({ overridden: ['capacity'], why: 'site is closed', who: 'admin' });
    const shown = await fleet.hafleet('change', 'show', 'CHG-1');
    expect(shown.stdout).toMatch(/overrid/i);
    expect(shown.stdout).toContain('site is closed');
  });
});

describe.each(oldestAndNewest())('unreachable nodes, on HAProxy %s', (version) => {
  it('a few are pending, more are refused with the numbers, and the refusal is overridden with a reason', async () => {
    const fleet = await startWith(version, 3, { web: names('web', 4) });
    await fleet.node('lb3').agentLink?.cut();
    const few = await disable(fleet, 'web/web1');
    expectExit(few, 10);
    expect(few.stdout).toMatch(/ok\s+lb\[1-2\]/);
    expect(few.stdout).toMatch(/pending\s+lb3/);
    await fleet.node('lb2').agentLink?.cut();
    const before = await held(fleet);
    const many = await disable(fleet, 'web/web2');
    expectError(many, 11, /REFUSED by guard freshness: 2 of 3 nodes cannot be read now: lb\[2-3\]/);
    expect(many.stderr).toContain('--override freshness --reason');
    expect(await held(fleet)).toEqual(before);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web2')).toBe('ready');
    const insisted = await disable(
      fleet,
      'web/web2',
      '--override',
      'freshness',
      '--reason',
      'two are rebooting',
    );
    expectExit(insisted, 10);
    expect(insisted.stdout).toMatch(/ok\s+lb1/);
    await fleet.node('lb2').agentLink?.heal();
    await fleet.node('lb3').agentLink?.heal();
    for (const instance of fleet.instances) {
      await untilAdmin(instance, 'web/web1', 'maint', 5_000);
      await untilAdmin(instance, 'web/web2', 'maint', 5_000);
    }
  });

  it('refuses when not one node can be read: nothing would be proven', async () => {
    const fleet = await startWith(version, 1, { web: names('web', 4) });
    await fleet.node('lb1').agentLink?.cut();
    expectError(await disable(fleet, 'web/web1'), 11, /guard freshness: .*none can be read/);
    expect((await factsOf(fleet.instance('lb1/http'), 'web/web1'))?.admin).toBe('ready');
  });
});
