import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startAgent, startFleet, testedVersions, waitUntil } from '../../dev/index.ts';
import type { Change, NodeView } from '../../src/api/index.ts';
import { isMaint, serverStates } from '../support/server-states.ts';
import { documentOf, exits } from '../support/told.ts';

const BACKENDS = ['app', 'api', 'jobs', 'auth'];

interface StatusItem {
  readonly backend: string;
  readonly verdict: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly freshness: string;
    readonly usable: number;
    readonly total: number;
  }[];
  readonly servers: readonly {
    readonly server: string;
    readonly checksPerSecond: number;
    readonly states: readonly {
      readonly nodes: readonly string[];
      readonly state: string;
      readonly freshness: string;
    }[];
  }[];
}

/** One load balancer for each version that is tested, three at least: on a machine with one version they are alike. */
function nodesOfAllVersions() {
  const versions = testedVersions();
  return ['lb1', 'lb2', 'lb3'].map((name, index) => {
    const version = versions[index % versions.length];
    return { name, labels: { role: 'edge' }, ...(version && { version }) };
  });
}

describe('the first fleet (E1): three load balancers of the tested versions', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({
      nodes: nodesOfAllVersions(),
      backends: Object.fromEntries(BACKENDS.map((backend) => [backend, ['s1', 's2']])),
      checkMs: 500,
      control: true,
    });
  });
  afterAll(() => fleet.close());

  const haproxyOf = (node: string) => fleet.instance(`${node}/http`).haproxy;
  const statusItems = async (...args: string[]) =>
    documentOf<StatusItem>(await fleet.hafleet('status', ...args, '--json')).items;
  const statusWith = (text: string | RegExp, ...args: string[]) =>
    waitUntil(
      async () => {
        const result = await fleet.hafleet('status', ...args);
        return new RegExp(text).test(result.stdout) && result;
      },
      { for: `status with ${text}`, timeoutMs: 5_000 },
    );

  it('S1.2: the matrix of three nodes and four backends is green, exit 0', async () => {
    const result = await waitUntil(
      async () => {
        const one = await fleet.hafleet('status', '--on', '@role:edge');
        return one.code === 0 && one;
      },
      { for: 'OK' },
    );
    expect(result.stdout).toMatch(/lb\[1-3\] {2}3 LBs .* OK\n/);
    expect(result.stdout).toMatch(/^8 servers: 8 up$/m);
    const items = await statusItems();
    expect(items.map(({ backend }) => backend).toSorted()).toEqual(BACKENDS.toSorted());
    for (const { nodes, verdict } of items) {
      expect(verdict).toBe('OK');
      expect(nodes.map(({ node, freshness, usable, total }) => [node, freshness, usable, total])).toEqual(
        ['lb1', 'lb2', 'lb3'].map((node) => [node, 'fresh', 2, 2]),
      );
    }
  });

  it('S5.32: mixed versions of HAProxy are listed per node', async () => {
    const { items } = documentOf<NodeView>(exits(await fleet.hafleet('node', 'list', '-o', 'json'), 0));
    const listed = exits(await fleet.hafleet('node', 'list'), 0).stdout;
    for (const { name, instances } of items) {
      const version = /^Version: (\S+)$/m.exec(await haproxyOf(name).ask('show info'))?.[1];
      expect(instances.map(({ haproxy }) => haproxy)).toEqual([version]);
      expect(listed).toContain(`${version} (http)`);
    }
    expect(items).toHaveLength(3);
  });

  it('S1.13: three nodes with four backends at 500 ms are 24 checks a second for each of the two applications', async () => {
    const shown = exits(await fleet.hafleet('server', 'show', 's1'), 0).stdout;
    for (const backend of BACKENDS)
      expect(shown).toContain(`${backend}: 6 health checks a second from all load balancers`);
    expect(shown, 'the sum is what the application feels').toContain('24 health checks a second');
    const wide = exits(await fleet.hafleet('server', 'list', 'app/s1', '-o', 'wide'), 0).stdout;
    expect(wide).toMatch(/CHECKS\/S +NOTE\napp\/s1 .* 6$/m);
    const items = await statusItems('s1');
    const perSecond = items.flatMap(({ servers }) => servers.map(({ checksPerSecond }) => checksPerSecond));
    expect(perSecond).toEqual([6, 6, 6, 6]);
  });

  it('S5.1: a second agent of the same name is refused at enrolment, and the first goes on', async () => {
    const first = documentOf<NodeView>(await fleet.hafleet('node', 'show', 'lb3', '-o', 'json')).items[0];
    const { process } = await startAgent({
      sandbox: fleet.sandbox,
      name: 'lb3',
      folder: `${fleet.sandbox.folder}/clash`,
      servers: [fleet.control?.url ?? ''],
      ...(fleet.control && { tokenFile: fleet.control.joinTokenFile }),
      instances: [{ name: 'http', paths: haproxyOf('lb1').paths }],
    });
    const log = await waitUntil(
      async () => {
        const text = await readFile(process.logFile, 'utf8');
        return /node-name-taken/.test(text) && text;
      },
      { for: 'the refusal in the log of the second' },
    );
    expect(log).toMatch(/lb3/);
    await process.stop();
    const { items } = documentOf<NodeView>(await fleet.hafleet('node', 'list', '-o', 'json'));
    expect(items.map(({ name, connected }) => [name, connected])).toEqual([
      ['lb1', true],
      ['lb2', true],
      ['lb3', true],
    ]);
    expect(items[2]?.enrolledAt).toBe(first?.enrolledAt);
    expect(items[2]?.instances[0]?.haproxy).toBe(first?.instances[0]?.haproxy);
  });

  it('S1.2: a server that one of three sees down is one red and two green in less than 2 s, on the whole page', async () => {
    const port = haproxyOf('lb2');
    const changedAt = performance.now();
    await port.ask('set server app/s1 health down');
    await port.ask('disable health app/s1');
    const result = await statusWith(/app +1\/2 .*s1/);
    expect(performance.now() - changedAt).toBeLessThan(2_000);
    expect(result.stdout).toMatch(/lb\[1,3\] +lb2/);
    const [item] = await statusItems('app');
    const states = item?.servers.find(({ server }) => server === 's1')?.states;
    expect(states?.map(({ nodes, state }) => [nodes, state])).toEqual([
      [['lb1', 'lb3'], 'UP'],
      [['lb2'], 'DOWN'],
    ]);
    await port.ask('enable health app/s1');
    await port.ask('set server app/s1 health up');
    await statusWith(/8 servers: 8 up/);
  });

  it('shows a change on all three nodes within 2 s', async () => {
    const changedAt = performance.now();
    await fleet.app('jobs/s2').behave({ kind: 'refuse' });
    await waitUntil(
      async () => {
        const states = await Promise.all(['lb1', 'lb2', 'lb3'].map((node) => serverStates(haproxyOf(node))));
        return states.every((one) => one.get('jobs/s2')?.operational === 0);
      },
      { for: 'three HAProxy that see it down' },
    );
    const downAt = performance.now();
    await statusWith(/s2 DOWN L4CON, .*seen by 3\/3/, 'jobs');
    expect(performance.now() - downAt).toBeLessThan(2_000);
    expect(downAt).toBeGreaterThan(changedAt);
    await fleet.app('jobs/s2').behave({ kind: 'ok' });
  });

  it('S1.3: a change by hand is drift: named with node, object and what it was, not reverted; retry asserts again', async () => {
    exits(await fleet.hafleet('server', 'disable', 'api/s1', '--reason', 'disk', '--yes'), 0);
    await haproxyOf('lb2').ask('set server api/s1 state ready');
    const drifted = await statusWith(/drift/, 'api');
    expect(drifted.stdout).toMatch(/s1.*lb2 UP \(drift: wanted MAINT by admin, CHG-1\)/);
    expect(drifted.stdout).toMatch(/lb\[1,3\] MAINT/);
    const change = exits(await fleet.hafleet('change', 'show', 'CHG-1'), 0).stdout;
    expect(change).toMatch(/^drifted lb2 .*by hand/m);
    expect(change, 'nothing follows by itself').toMatch(
      /^PARTIAL {2}nothing is put right before a retry\. /m,
    );
    // It stays as the hand left it: two polls later nothing has changed.
    const lastSeen = async () =>
      documentOf<NodeView>(await fleet.hafleet('node', 'show', 'lb2', '-o', 'json')).items[0]?.lastSeen ?? 0;
    const since = await lastSeen();
    await waitUntil(async () => (await lastSeen()) >= since + 2_000, { for: 'two polls' });
    const states = await serverStates(haproxyOf('lb2'));
    expect(states.get('api/s1')?.admin).toBe(0);

    const retried = exits(await fleet.hafleet('change', 'retry', 'CHG-1', '--yes'), 0);
    expect(retried.stdout).toMatch(/^ok +lb\[1-3\] 3\/3$/m);
    const after = (await serverStates(haproxyOf('lb2'))).get('api/s1');
    expect(after && isMaint(after)).toBe(true);
    exits(await fleet.hafleet('change', 'undo', 'CHG-1', '--yes'), 0);
    const [changed] = documentOf<Change>(await fleet.hafleet('change', 'show', 'CHG-1', '-o', 'json')).items;
    expect(changed).toMatchObject({ active: false, undoneBy: 'CHG-2' });
  });

  it('shows what is older than 15 s as stale, never as a fact, and exits 3 when most is', async () => {
    await statusWith(/8 servers: 8 up/);
    const frozen = ['lb2', 'lb3'].flatMap((name) => fleet.node(name).agent ?? []);
    for (const { process } of frozen) process.freeze();
    try {
      const oneStale = await waitUntil(
        async () => {
          const result = await fleet.hafleet('status', '--exclude', 'lb3');
          return /\? stale \d+s/.test(result.stdout) && result;
        },
        { for: 'stale', timeoutMs: 25_000, everyMs: 500 },
      );
      expect(oneStale.stdout).toMatch(/lb1 +lb2/);
      expect(oneStale.code, oneStale.stdout).toBe(1);
      const most = await waitUntil(
        async () => {
          const result = await fleet.hafleet('status');
          return result.code === 3 && result;
        },
        { for: 'UNKNOWN', timeoutMs: 5_000 },
      );
      expect(most.stdout).toMatch(/UNKNOWN\n/);
      expect(most.stdout).toMatch(/\? stale 1\ds +●/);
      const { stdout } = exits(await fleet.hafleet('status', '-o', 'nagios'), 3);
      expect(stdout).toMatch(/^HAFLEET UNKNOWN - /);
      const rows = (await fleet.hafleet('server', 'list', '-o', 'plain')).stdout.trimEnd().split('\n');
      expect(rows).toHaveLength(24);
      for (const row of rows) expect(row).toMatch(/^lb1\t.*\tfresh$|^lb[23]\t.*\tstale$/);
      for (const { servers } of await statusItems('app'))
        expect(servers[0]?.states.map(({ nodes, freshness }) => [nodes, freshness])).toEqual([
          [['lb2', 'lb3'], 'stale'],
          [['lb1'], 'fresh'],
        ]);
      const refused = exits(await fleet.hafleet('server', 'disable', 'app/s1', '--yes'), 11);
      expect(refused.stderr).toMatch(
        /REFUSED by guard freshness: 2 of 3 nodes cannot be read now: lb\[2-3\]/,
      );
    } finally {
      for (const { process } of frozen) process.thaw();
    }
    await statusWith(/8 servers: 8 up/);
    expect((await fleet.hafleet('status')).code).toBe(0);
  });
});
