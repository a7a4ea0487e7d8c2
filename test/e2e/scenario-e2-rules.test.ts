import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, defaultConfig, startAgent, startFleet, waitUntil } from '../../dev/index.ts';
import { endsOfMatrix } from '../support/matrix-ends.ts';
import { serverStates } from '../support/server-states.ts';
import { documentOf, exits } from '../support/told.ts';

interface StatusItem {
  readonly backend: string;
  readonly verdict: string;
  readonly servers: readonly {
    readonly server: string;
    readonly states: readonly { readonly state: string }[];
  }[];
}

describe.each(endsOfMatrix())('the rules of S3 on one HAProxy %s', (version) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({
      nodes: [
        {
          name: 'lb1',
          version,
          instances: [
            {
              name: 'http',
              // web4 stands `disabled` in the file.
              config: (context) => defaultConfig(context).replace(/(server web4 .*)/, '$1 disabled'),
            },
          ],
        },
        {
          name: 'lb2',
          version,
          agent: false,
          instances: [
            {
              name: 'guest',
              backends: ['web'],
              config: (context) => defaultConfig(context).replace('level admin', 'level user'),
            },
          ],
        },
      ],
      backends: { web: ['web1', 'web2', 'web3', 'web4'], late: ['late1', 'late2'] },
      control: true,
    });
    await waitUntil(async () => exits(await fleet.hafleet('status', 'late'), 0), { for: 'green checks' });
  });
  afterAll(() => fleet.close());

  const http = () => fleet.instance('lb1/http');
  const maskOf = async (server: string) => (await serverStates(http().haproxy)).get(server)?.admin;
  const stateOf = async (server: string) => {
    const { items } = documentOf<StatusItem>(await fleet.hafleet('status', server, '--json'));
    return items[0]?.servers[0]?.states[0]?.state;
  };

  it('S3.14: a lease whose end meets red checks will be overdue (begun here, judged last)', async () => {
    exits(await fleet.hafleet('server', 'disable', 'late1', '--for', '1s', '--reason', 'short', '--yes'), 0);
    await fleet.app('late1').behave({ kind: 'fail', status: 500 }, 'checks');
  });

  it('S3.1, case 1: a server that the file disables is MAINT by the file: planned, not unexplained', async () => {
    expect(await maskOf('web/web4')).toBe(5);
    expect(await stateOf('web/web4')).toBe('MAINT');
    const status = exits(await fleet.hafleet('status', 'web'), 1);
    expect(status.stdout).toContain('web4 MAINT, disabled in haproxy.cfg');
    const milkcheck = exits(await fleet.hafleet('milkcheck', 'haproxy', '-D', 'server=web4', 'status'), 3);
    expect(milkcheck.stdout).toContain('web/web4: STOPPED/MAINT (planned in haproxy.cfg)');
  });

  it('S3.1, case 2: enabled, its mask reads 4 and it is UP; that the next reload takes it out again is said', async () => {
    const result = exits(await fleet.hafleet('server', 'enable', 'web/web4', '--yes'), 0);
    expect(result.stderr).toContain('haproxy.cfg disables web/web4: it comes in until the next reload');
    expect(result.stdout).toContain('haproxy.cfg disables the server; it is in until the next reload');
    expect(await maskOf('web/web4')).toBe(4);
    await waitUntil(async () => (await stateOf('web/web4')) === 'UP', { for: 'UP in the status' });
    exits(await fleet.hafleet('status', 'web'), 0);
    const shown = exits(await fleet.hafleet('server', 'show', 'web/web4'), 0);
    expect(shown.stdout).toMatch(/UP .*disabled in haproxy\.cfg/);
  });

  it('S3.1, case 3: disabled again its mask reads 5 as the file alone would, and it is MAINT by whom and why', async () => {
    exits(await fleet.hafleet('server', 'disable', 'web/web4', '--reason', 'bad fan', '--yes'), 0);
    expect(await maskOf('web/web4')).toBe(5);
    const status = await waitUntil(
      async () => {
        const one = await fleet.hafleet('status', 'web');
        return one.stdout.includes('web4 MAINT by admin "bad fan"') && one;
      },
      { for: 'by whom' },
    );
    exits(status, 1);
    expect(status.stdout).not.toContain('haproxy.cfg');
  });

  it('S3.15: a drain lets the session under way finish, sends nothing new, and says what is left', async () => {
    const app = fleet.app('web1');
    await app.behave({ kind: 'slow', ms: 2_500 }, 'traffic');
    const url = `http://${http().address}:${http().port}/web/`;
    const answers = [1, 2, 3].map(() => fetch(url).then(({ status }) => status));
    await waitUntil(() => app.counts().requests === 1, { for: 'a request at web1' });
    const drained = fleet.hafleet(
      'server',
      'drain',
      'web/web1',
      '--wait',
      '20s',
      '--then',
      'disable',
      '--yes',
    );
    await waitUntil(async () => (await maskOf('web/web1')) === 8, { for: 'drain' });
    const more = await Promise.all([1, 2, 3, 4, 5, 6].map(() => fetch(url).then(({ status }) => status)));
    expect(more).toEqual([200, 200, 200, 200, 200, 200]);
    const result = exits(await drained, 0);
    expect(await Promise.all(answers)).toEqual([200, 200, 200]);
    expect(app.counts().requests).toBe(1);
    expect(result.stderr).toMatch(/1 session left/);
    expect(result.stdout).toMatch(/^web\/web1 MAINT\. {2}CHG-\d+/m);
    expect(await maskOf('web/web1')).toBe(1);
    await app.behave({ kind: 'ok' });
    exits(await fleet.hafleet('server', 'enable', 'web/web1', '--yes'), 0);
  });

  it('S3.18: over a socket of level user status works, and a change is a clear error with the line to add', async () => {
    const guest = fleet.instance('lb2/guest').haproxy;
    await startAgent({
      sandbox: fleet.sandbox,
      name: 'lb2',
      servers: [fleet.control?.url ?? ''],
      ...(fleet.control && { tokenFile: fleet.control.joinTokenFile }),
      // The master socket would be a way in.
      instances: [{ name: 'guest', paths: guest.paths, more: { masterSocket: undefined } }],
    });
    await waitUntil(
      async () => {
        const { stdout } = await fleet.hafleet('server', 'list', 'web2', '--on', 'lb2', '-o', 'plain');
        return /\bUP\b/.test(stdout);
      },
      { for: 'the reading of lb2' },
    );
    const node = exits(await fleet.hafleet('node', 'show', 'lb2'), 0);
    expect(node.stdout).toMatch(/guest .* user /);
    const result = exits(await fleet.hafleet('server', 'disable', 'web/web2', '--on', 'lb2', '--yes'), 1);
    expect(result.stdout).toMatch(/^failed {2}lb2 .*level/m);
    expect(result.stdout).toContain('FAILED');
    expect((await fleet.hafleet('status', 'web2', '--on', 'lb2')).code).toBe(0);
    exits(await fleet.hafleet('node', 'show', 'lb1'), 0);
  });

  it('S3.14: overdue is an error: exit 6 (ours 2), with since when', async () => {
    const status = await waitUntil(
      async () => {
        const one = await fleet.hafleet('status', 'late');
        return one.code === 2 && one;
      },
      { for: 'overdue', timeoutMs: 50_000, everyMs: 200 },
    );
    expect(status.stdout).toMatch(/late1 MAINT by admin "short", overdue \d+s, CHG-1/);
    const milkcheck = exits(await fleet.hafleet('milkcheck', 'haproxy', '-D', 'server=late1', 'status'), 6);
    expect(milkcheck.stdout).toMatch(
      /late\/late1: STOPPED\/MAINT \(overdue, planned until \d\d:\d\d UTC by admin "short", CHG-1\)/,
    );
  });
});
