import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, type Fleet, type Load, startFleet, startLoad, waitUntil } from '../../dev/index.ts';
import type { Change, ChangePlan } from '../../src/api/index.ts';
import { endsOfMatrix } from '../support/matrix-ends.ts';
import { isMaint, maintServers, serverStates } from '../support/server-states.ts';
import { documentOf, exits, told } from '../support/told.ts';

/** The five backends of the procedure in which one service address stands. */
const PUPPET = ['all_puppet_masters', 'puppet_ca', 'puppet_env', 'puppet_files', 'puppet_report'];
const SERVICES = ['puppet-i0-svc1', 'puppet-i0-svc2'];
const GROUPS = ['haproxy'];
const svc1 = PUPPET.map((backend) => `${backend}/puppet-i0-svc1`);

const ALL_FINE = `\
haproxy.http                                                         [    OK   ]
haproxy.ldap                                                         [    OK   ]
haproxy.puppet                                                       [    OK   ]
haproxy                                                              [    OK   ]

 SUMMARY - 3 actions (0 failed)
 + Success on all services
    lb[1-2]
`;

const ONE_CHANGED = `\
haproxy.http                                                         [ SKIPPED ]
haproxy.ldap                                                         [ SKIPPED ]
haproxy.puppet                                                       [    OK   ]
haproxy                                                              [    OK   ]

 SUMMARY - 1 action (0 failed)
 + Success on all services
    lb[1-2]
`;

/** Reports with their times and durations taken out. */
function timeless({ stdout }: CliResult): string {
  return stdout
    .replaceAll(/ran in \d+\.\d\ds/g, 'ran in N.NNs')
    .replaceAll(/until \d\d:\d\d UTC/g, 'until HH:MM UTC');
}

describe.each(endsOfMatrix())(
  'the Ocean procedure (E2) on HAProxy %s: lb[1-2], each http, ldap, puppet',
  (version) => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await startFleet({
        nodes: ['lb1', 'lb2'].map((name) => ({
          name,
          version,
          instances: [
            { name: 'http', backends: ['www'], groups: GROUPS },
            { name: 'ldap', backends: ['ldap'], groups: GROUPS },
            { name: 'puppet', backends: PUPPET, groups: GROUPS },
          ],
        })),
        backends: {
          www: ['www1', 'www2'],
          ldap: ['ldap1', 'ldap2'],
          ...Object.fromEntries(PUPPET.map((backend) => [backend, SERVICES])),
        },
        stateFile: true,
        control: true,
      });
      await waitUntil(async () => (await fleet.hafleet('status')).code === 0, { for: 'all green' });
    });
    afterAll(() => fleet.close());

    const milkcheck = (...words: string[]) => fleet.hafleet('milkcheck', 'haproxy', ...words);
    const onServer = (name: string, ...words: string[]) => milkcheck('-D', `server=${name}`, ...words);
    const puppets = () => ['lb1/puppet', 'lb2/puppet'].map((name) => fleet.instance(name).haproxy);
    const everyMaint = () => Promise.all(puppets().map(maintServers));
    const applications = () => svc1.map((name) => fleet.app(name));

    /** Traffic over all ten pairs; gives what reached the server that is out. */
    async function underLoad(work: (load: Load) => Promise<void>): Promise<void> {
      const load = await startLoad({
        sandbox: fleet.sandbox,
        targets: ['lb1/puppet', 'lb2/puppet'].map((name) => fleet.instance(name)),
        paths: PUPPET.map((backend) => `/${backend}/x`),
        rate: 500,
        mode: 'close',
        durationMs: 60_000,
      });
      try {
        for (const app of applications()) app.resetCounts();
        await work(load);
        const { ok } = await load.report();
        await waitUntil(async () => (await load.report()).ok > ok + 200, { for: 'traffic afterwards' });
        expect(applications().map((app) => app.counts().requests)).toEqual([0, 0, 0, 0, 0]);
      } finally {
        await load.stop();
      }
    }

    it('S3.2, S3.4, S3.5, S3.7: a healthy fleet is four OK lines, a summary, the folded nodes, exit 0', async () => {
      const { stdout, stderr } = exits(await milkcheck('status'), 0);
      expect(stdout).toBe(ALL_FINE);
      expect(stderr).toBe('');
      expect(exits(await fleet.hafleet('status', '-o', 'milkcheck'), 0).stdout).toBe(ALL_FINE);
      expect(exits(await milkcheck('status', '--report', 'no'), 0).stdout.split('\n')).toHaveLength(5);
    });

    it('S3.6: node sets are unions, differences and ranges, folded again', async () => {
      const only = exits(await milkcheck('-n', 'lb[1-2]', '-x', 'lb2', 'status'), 0);
      expect(only.stdout).toContain('    lb1\n');
      const broken = exits(await milkcheck('-n', 'lb[1', 'status'), 9);
      expect(broken.stderr).toMatch(/a bracket is opened and not closed/);
      expect(exits(await milkcheck('-n', 'lb7', 'status'), 9).stderr).toContain('lb7');
    });

    it('S3.3, S3.7: a typing error is exit 9 (ours 64) with what was meant, and changes nothing', async () => {
      for (const [result, code] of [
        [await onServer('puppet-i0-svc9', 'disable', '--yes'), 9],
        [await onServer('puppet-i0-svc9', 'status'), 9],
        [await fleet.hafleet('server', 'disable', 'puppet-i0-svc9', '--yes'), 64],
      ] as const)
        expect(exits(result, code).stderr).toMatch(/has a server .?puppet-i0-svc9/);
      expect((await fleet.hafleet('server', 'disable', 'puppet-i0-svc9', '--yes')).stderr).toContain(
        'did you mean puppet-i0-svc1 or puppet-i0-svc2?',
      );
      expect(await everyMaint()).toEqual([[], []]);
      exits(await milkcheck('status'), 0);
    });

    it('S3.11: a dry run lists ten transitions and writes nothing', async () => {
      const args = [
        'server',
        'disable',
        'puppet-i0-svc1',
        '--until',
        '1h',
        '--reason',
        'kernel',
        '--dry-run',
      ];
      const { items } = documentOf<{ change: null; plan: ChangePlan }>(
        exits(await fleet.hafleet(...args, '-o', 'json'), 0),
      );
      const { change, plan } = items[0] ?? {};
      expect(change).toBeNull();
      const pairs = plan?.transitions.flatMap(({ backend, server, instances, from, to }) =>
        instances.map((instance) => `${instance} ${backend}/${server}: ${from} -> ${to}`),
      );
      expect(pairs?.toSorted()).toEqual(
        ['lb1', 'lb2'].flatMap((node) => svc1.map((server) => `${node}/puppet ${server}: UP -> MAINT`)),
      );
      expect(plan?.skipped.toSorted()).toEqual(['lb1/http', 'lb1/ldap', 'lb2/http', 'lb2/ldap']);
      expect(exits(await fleet.hafleet(...args), 0).stdout).toContain('dry run: nothing was changed');
      expect(exits(await onServer('puppet-i0-svc1', 'disable', '--dry-run'), 0).stdout).toContain(
        'dry run: nothing was changed',
      );
      expect(await everyMaint()).toEqual([[], []]);
      expect(documentOf(await fleet.hafleet('change', 'list', '-o', 'json')).items).toEqual([]);
    });

    it('S3.12: without a terminal and without -y it refuses with exit 9 (ours 64), naming the flag', async () => {
      expect(exits(await onServer('puppet-i0-svc1', 'disable'), 9).stderr).toContain('--yes');
      expect(exits(await fleet.hafleet('server', 'disable', 'puppet-i0-svc1'), 64).stderr).toContain('--yes');
      expect(await everyMaint()).toEqual([[], []]);
    });

    it('S3.3, S3.5: one command takes the server out of five backends on two nodes, and says what it skipped', async () => {
      const result = exits(
        await onServer('puppet-i0-svc1', 'disable', '--until', '1h', '--reason', 'new kernel', '--yes'),
        0,
      );
      expect(result.stdout).toBe(ONE_CHANGED);
      expect(await everyMaint()).toEqual([svc1, svc1]);
      const again = exits(await onServer('puppet-i0-svc1', 'disable', '--yes'), 0);
      expect(again.stdout).toBe(ONE_CHANGED);
    });

    it('S3.2, S3.5, S3.14: what is planned is listed with who, why and until; exit 3 (ours 1)', async () => {
      const result = exits(await milkcheck('status'), 3);
      const rows = svc1.map(
        (name) =>
          ` > lb[1-2]: ${name}: STOPPED/MAINT (planned until HH:MM UTC by admin "new kernel", CHG-1)\n`,
      );
      expect(timeless(result)).toBe(`\
haproxy.http                                                         [    OK   ]
haproxy.ldap                                                         [    OK   ]
status haproxy.puppet ran in N.NNs
 > lb[1-2]: # Format: backend/server: operational/administrative
${rows.join('')} > lb[1-2] exited with 1
haproxy.puppet                                                       [ WARNING ]
haproxy                                                              [ WARNING ]

 SUMMARY - 3 actions (0 failed)
`);
      const ours = exits(await fleet.hafleet('status'), 1);
      expect(ours.stdout).toMatch(
        /puppet_ca +1\/2 +‖ puppet-i0-svc1 +.*MAINT by admin "new kernel", 59m left, CHG-1/,
      );
      exits(await onServer('puppet-i0-svc2', 'status'), 0);
      exits(await onServer('puppet-i0-svc1', 'status'), 3);
      const { items } = documentOf<{ backend: string; verdict: string }>(
        exits(await fleet.hafleet('status', '--json'), 1),
      );
      expect(items.filter(({ verdict }) => verdict === 'WARNING').map(({ backend }) => backend)).toEqual(
        PUPPET,
      );
    });

    it('S1.5, S3.7, S3.16: the last healthy server is refused with the numbers, exit 9 (ours 11), and nothing is changed', async () => {
      for (const [result, code] of [
        [await onServer('puppet-i0-svc2', 'disable', '--yes', '--reason', 'x'), 9],
        [await fleet.hafleet('server', 'disable', 'puppet-i0-svc2', '--yes'), 11],
      ] as const) {
        const { stderr } = exits(result, code);
        for (const backend of PUPPET)
          expect(stderr).toContain(
            `REFUSED by guard capacity: ${backend} would keep 0 usable of 2 on lb[1-2], floor 1.`,
          );
        expect(stderr.match(/--override capacity --reason/g), 'how to insist is said once').toHaveLength(1);
      }
      exits(
        await fleet.hafleet('server', 'disable', 'puppet-i0-svc2', '--yes', '--override', 'capacity'),
        64,
      );
      expect(await everyMaint()).toEqual([svc1, svc1]);
    });

    it('S3.13, S5.36: it stays out through a reload of all, kill -9 of one HAProxy and of its agent: no request reaches it', async () => {
      await underLoad(async () => {
        for (const haproxy of puppets()) expect(await haproxy.reload('signal')).toMatchObject({ ok: true });
        expect(await everyMaint()).toEqual([svc1, svc1]);
        const { haproxy } = fleet.instance('lb2/puppet');
        const killed = haproxy.restarts;
        await haproxy.killWorker('SIGKILL');
        await waitUntil(() => haproxy.restarts > killed, { for: 'the restart' });
        await haproxy.waitReady();
        expect(await everyMaint()).toEqual([svc1, svc1]);
        fleet.node('lb2').agent?.process.kill('SIGKILL');
        await haproxy.reload('signal');
        expect(await everyMaint()).toEqual([svc1, svc1]);
      });
      await waitUntil(async () => (await milkcheck('status')).code === 3, {
        for: 'planned and nothing else',
      });
    });

    it('S3.3, S3.16: enable brings all ten pairs back behind green checks, exit 0', async () => {
      const result = exits(await onServer('puppet-i0-svc1', 'enable', '--yes'), 0);
      expect(result.stdout).toBe(ONE_CHANGED);
      expect(await everyMaint()).toEqual([[], []]);
      expect(exits(await milkcheck('status'), 0).stdout).toBe(ALL_FINE);
      const first = exits(await fleet.hafleet('change', 'show', 'CHG-1'), 0);
      expect(first.stdout, 'what is over is not told as if it held').not.toContain('MAINT until');
    });

    it('S3.17: a frozen node is pending, exit 3 (ours 10); it follows within 5 s of its thaw', async () => {
      const agent = fleet.node('lb2').agent?.process;
      agent?.freeze();
      try {
        const result = exits(await onServer('puppet-i0-svc1', 'disable', '--for', '1h', '--yes'), 3);
        expect(result.stdout).toMatch(/^ > lb2: .*silent/m);
        expect(result.stdout, 'what is pending is no success').toMatch(/Success on all services\n {4}lb1\n/);
        expect(await everyMaint()).toEqual([svc1, []]);
        const ours = exits(await fleet.hafleet('server', 'disable', 'ldap1', '--yes'), 10);
        expect(ours.stdout).toMatch(/^pending lb2 {2}/m);
        expect(ours.stdout).toMatch(/^PARTIAL .*change retry\|undo CHG-\d+$/m);
        const { items } = documentOf<{ plan: ChangePlan }>(
          await fleet.hafleet('server', 'disable', 'www1', '--dry-run', '-o', 'json'),
        );
        expect(items[0]?.plan.pending, 'only instances that have it can be pending').toEqual(['lb2/http']);
      } finally {
        agent?.thaw();
      }
      const thawedAt = performance.now();
      await waitUntil(async () => (await maintServers(fleet.instance('lb2/puppet').haproxy)).length === 5, {
        for: 'lb2 following',
        timeoutMs: 5_000,
      });
      expect(performance.now() - thawedAt).toBeLessThan(5_000);
      await waitUntil(async () => (await maintServers(fleet.instance('lb2/ldap').haproxy)).length === 1, {
        for: 'ldap1 too',
        timeoutMs: 5_000,
      });
      await waitUntil(
        async () =>
          documentOf<Change>(await fleet.hafleet('change', 'list', '--active', '-o', 'json')).items.every(
            ({ state }) => state === 'done',
          ),
        { for: 'both changes to be done' },
      );
      exits(await fleet.hafleet('server', 'enable', 'puppet-i0-svc1', 'ldap1', '--yes'), 0);
      exits(await milkcheck('status'), 0);
    });

    it('S3.4, S3.7: a red child makes its group DEP_ERROR and the exit code 6, and names node and row', async () => {
      await fleet.app('ldap/ldap2').behave({ kind: 'fail', status: 500 }, 'checks');
      const result = await waitUntil(
        async () => {
          const one = await milkcheck('status');
          return one.code === 6 && / > lb\[1-2\]: ldap\/ldap2/.test(one.stdout) && one;
        },
        { for: 'ldap2 red on both' },
      );
      expect(timeless(result)).toBe(`\
haproxy.http                                                         [    OK   ]
status haproxy.ldap ran in N.NNs
 > lb[1-2]: # Format: backend/server: operational/administrative
 > lb[1-2]: ldap/ldap2: STOPPED/READY (L7STS/500)
 > lb[1-2] exited with 2
haproxy.ldap                                                         [  ERROR  ]
haproxy.puppet                                                       [    OK   ]
haproxy                                                              [DEP_ERROR]

 SUMMARY - 3 actions (1 failed)
 + haproxy.ldap.status
    Target: lb[1-2]
    Command: hafleet status --instance ldap -o wide
`);
    });

    it('S3.16: with an unrelated server down the work is done; the server that is down everywhere is never refused, its only neighbour is', async () => {
      const done = exits(await onServer('puppet-i0-svc1', 'disable', '--yes', '--reason', 'x'), 0);
      expect(done.stdout).toBe(ONE_CHANGED);
      expect(done.stderr).toContain('down, and not part of this: ldap/ldap2 on lb[1-2]');
      const refused = exits(await fleet.hafleet('server', 'disable', 'ldap1', '--yes'), 11);
      expect(refused.stderr).toContain('ldap would keep 0 usable of 2 on lb[1-2], floor 1.');
      exits(await fleet.hafleet('server', 'disable', 'ldap2', '--yes', '--reason', 'broken disk'), 0);
      expect(exits(await milkcheck('status'), 3).stdout).toContain(
        'ldap/ldap2: STOPPED/MAINT (planned by admin "broken disk"',
      );
    });

    it('S3.14: what somebody took out by hand is unplanned: exit 6 (ours 2)', async () => {
      await fleet.instance('lb1/http').haproxy.ask('set server www/www1 state maint');
      const result = await waitUntil(
        async () => {
          const one = await milkcheck('status');
          return one.code === 6 && one;
        },
        { for: 'the hand on lb1' },
      );
      expect(result.stdout).toContain(' > lb1: www/www1: STOPPED/MAINT (unplanned)\n > lb1 exited with 2\n');
      const ours = exits(await fleet.hafleet('status', 'www'), 2);
      expect(ours.stdout, told(ours)).toMatch(
        /www1: LBs disagree: lb2 UP, lb1 MAINT by hand|lb1 MAINT by hand/,
      );
      const states = await serverStates(fleet.instance('lb1/http').haproxy);
      expect([...states].filter(([, columns]) => isMaint(columns)).map(([name]) => name)).toEqual([
        'www/www1',
      ]);
    });
  },
);
