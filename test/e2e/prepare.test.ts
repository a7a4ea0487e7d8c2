import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Fleet,
  type Sandbox,
  createSandbox,
  globalSection,
  prepareNode as runPrepare,
  startHaproxy,
  startLoad,
  testedVersions,
  waitUntil,
  writeAgentFile,
} from '../../dev/index.ts';
import { type LocalFileInput, prepareAgent } from '../../src/agent/main.ts';
import { createLogger } from '../../src/lib/index.ts';
import { adminOf, expectExit, fleetsOfThisFile } from '../support/fleet-facts.ts';
import { intentOf, startScriptedControl } from '../support/scripted-control.ts';

const startFleet = fleetsOfThisFile();
const log = createLogger('prepare', 'silent');
const versions = testedVersions();

/** Clients that are there before the load balancer is; returns what they got when `app2` had this many requests. */
async function withClients(fleet: Fleet, name: string, start: () => Promise<unknown>): Promise<void> {
  const { address, port } = fleet.instance(`${name}/http`);
  const app2 = fleet.app('app2');
  for (const app of ['app1', 'app2']) fleet.app(app).resetCounts();
  const load = await startLoad({
    sandbox: fleet.sandbox,
    targets: [{ address, port }],
    paths: ['/app/x'],
    connections: 4,
    rate: 400,
    durationMs: 60_000,
  });
  await start();
  await waitUntil(() => app2.counts().requests >= 100, { for: 'a hundred requests', timeoutMs: 20_000 });
  await load.stop();
}

describe('a node that starts through prepare', () => {
  it('answers right from its first request: after it was off, alone, and when it was never there before', async () => {
    const late = versions.map((version) => ({ name: `old-${version.replace('.', '')}`, version }));
    let newcomer: string | undefined;
    const fleet = await startFleet({
      nodes: [
        { name: 'lb1' },
        ...late,
        {
          name: 'new',
          agent: false,
          instances: [
            {
              name: 'http',
              prepare: async () => void (newcomer && (await runPrepare(fleet.sandbox, newcomer))),
            },
          ],
        },
      ],
      stateFile: true,
      control: true,
    });
    const { control, sandbox } = fleet;
    if (!control) throw new Error('no control server');
    for (const { name } of [...late, { name: 'new' }]) {
      await fleet.node(name).agent?.process.stop();
      await fleet.instance(`${name}/http`).haproxy.stop();
    }
    const { paths } = fleet.instance('new/http').haproxy;
    expect(existsSync(paths.stateFile)).toBe(false);
    expectExit(
      await fleet.hafleet(
        'server',
        'disable',
        'app1',
        '--yes',
        '--override',
        'freshness',
        '--reason',
        'test',
      ),
      10,
    );

    for (const { name } of late) {
      await withClients(fleet, name, () => fleet.instance(`${name}/http`).haproxy.start());
      expect(fleet.app('app1').counts().requests, name).toBe(0);
      expect(await adminOf(fleet.instance(`${name}/http`), 'app/app1')).toBe('maint');
    }

    newcomer = writeAgentFile({
      sandbox,
      name: 'new',
      servers: [control.url],
      tokenFile: control.joinTokenFile,
      instances: [{ name: 'http', paths, hasStateFile: true }],
    }).configFile;
    await withClients(fleet, 'new', () => fleet.instance('new/http').haproxy.start());
    expect(fleet.app('app1').counts().requests).toBe(0);
    expect(await adminOf(fleet.instance('new/http'), 'app/app1')).toBe('maint');

    // With no server at all, what was agreed to last holds, and the command says so.
    await control.process.stop({ signal: 'SIGKILL' });
    await fleet.instance('new/http').haproxy.stop();
    writeFileSync(paths.stateFile, '');
    await withClients(fleet, 'new', () => fleet.instance('new/http').haproxy.start());
    expect(fleet.app('app1').counts().requests).toBe(0);
    const alone = await fleet.hafleet('agent', 'prepare', '--config', newcomer, '--timeout', '1s');
    expectExit(alone, 0);
    expect(alone.stdout).toMatch(/^prepared by what this node agreed to last, no server could be asked/);
    expect(alone.stdout.split('\n')[1]).toBe('http: 1 servers held back');

    // Beside a running agent it leaves the folder to it.
    const agent = fleet.node('lb1').agent;
    const beside = await fleet.hafleet(
      'agent',
      'prepare',
      '--config',
      agent?.configFile ?? '',
      '--timeout',
      '1s',
    );
    expectExit(beside, 0);
    expect(beside.stdout).toMatch(/by the agent, which runs/);
    const second = await fleet.hafleet('agent', '--config', agent?.configFile ?? '', '--debug');
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/is in use by `hafleet agent`, pid \d+/);
    expect(second.stderr).toContain('data-folder-locked');
    await fleet.instance('lb1/http').haproxy.stop();
    const { stateFile } = fleet.instance('lb1/http').haproxy.paths;
    writeFileSync(stateFile, '');
    await withClients(fleet, 'lb1', () => fleet.instance('lb1/http').haproxy.start());
    expect(fleet.app('app1').counts().requests).toBe(0);

    await control.process.start();
    for (const { name } of late) await fleet.node(name).agent?.process.start();
    const api = control.api();
    await waitUntil(
      async () =>
        (await api.change('CHG-1')).results.every(({ result }) => result === 'done' || result === 'skipped'),
      {
        for: 'the change everywhere',
        timeoutMs: 20_000,
      },
    );
  });
});

describe('prepare', () => {
  let sandbox: Sandbox;
  beforeAll(async () => void (sandbox = await createSandbox({ name: 'hf-prep' })));
  afterAll(() => sandbox.close());

  const kinds = `
  server v4 127.0.0.1:8001 check weight 10
  server v6 ::1:8001
  server name localhost:8001
  server bare 127.0.0.1
  server plus 127.0.0.1:+10
  server path unix@/tmp/none.sock
  server unresolved no-such.invalid:8001 init-addr last,none
  server-template slot 2 127.0.0.1:8001
  server off 127.0.0.1:8001 disabled
`;
  const names = ['v4', 'v6', 'name', 'bare', 'plus', 'path', 'unresolved', 'slot1', 'slot2'];

  it.each(versions)(
    'writes lines from haproxy.cfg alone that HAProxy %s takes for every kind of server',
    async (version) => {
      const control = await startScriptedControl();
      const folder = join(sandbox.folder, `k${version}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'token'), 'join-1');
      control.desire([
        ...names.map((server) => intentOf(`kinds/${server}`, server === 'slot2' ? 'drain' : 'maint')),
        intentOf('kinds/variable', 'maint'),
        intentOf('kinds/red', 'drain', { order: 2, instance: 'other' }),
      ]);
      const said: unknown[] = [];
      const haproxy = await startHaproxy({
        sandbox,
        name: `p${version}`,
        version,
        config: (paths) => `${globalSection(paths, { stateFile: true })}
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
  load-server-state-from-file global
backend kinds
  balance roundrobin${kinds}  server red 127.0.0.1:1 check inter 60s
  server hand 127.0.0.1:1
  server gone-by 127.0.0.1:1
  server variable "\${NONE}127.0.0.1:8001"
`,
        prepare: async (paths) => {
          const file: LocalFileInput = {
            name: 'n1',
            servers: [{ url: control.url }],
            tokenFile: join(folder, 'token'),
            dataFolder: join(folder, 'data'),
            instances: [
              {
                name: 'http',
                config: paths.configFile,
                statsSocket: paths.statsSocket,
                stateFile: paths.stateFile,
              },
            ],
          };
          writeFileSync(join(folder, 'agent.yaml'), JSON.stringify(file));
          writeFileSync(
            paths.stateFile,
            [
              '1',
              '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port',
              ...[
                ['red', 0, 0],
                ['hand', 0, 1],
                ['removed', 0, 1],
              ].map(
                ([name, op, admin]) =>
                  `9 kinds 9 ${name} 127.0.0.1 ${op} ${admin} 1 1 5 1 0 0 6 0 0 0 - 1 - 0 0 - - 0`,
              ),
              '',
            ].join('\n'),
          );
          said.push(
            await prepareAgent({
              localFile: join(folder, 'agent.yaml'),
              log,
              version: '0',
              timeoutMs: 5_000,
            }),
          );
        },
      });
      expect(said).toMatchObject([
        {
          from: 'server',
          byAgent: false,
          instances: [{ instance: 'http', servers: 11, code: 'address-unknown' }],
        },
      ]);
      expect(JSON.stringify(said)).toContain('kinds/variable');
      const rows = new Map(
        (await haproxy.ask('show servers state kinds'))
          .split('\n')
          .map((line) => line.split(' '))
          .map((columns) => [columns[3], { op: columns[5], admin: Number(columns[6]), port: columns[18] }]),
      );
      for (const name of names.slice(0, -1))
        expect(rows.get(name)?.admin ?? 0, name).toSatisfy((flags: number) => (flags & 1) === 1);
      expect(rows.get('slot2')).toEqual({ op: '2', admin: 8, port: '8001' });
      expect(rows.get('v4')?.port).toBe('8001');
      expect(rows.get('plus')?.port).toBe('10');
      expect(rows.get('bare')?.port).toBe('0');
      expect(rows.get('red')).toMatchObject({ op: '0', admin: 0 });
      expect(rows.get('hand')).toMatchObject({ op: '0', admin: 1 });
      expect(rows.get('gone-by')).toMatchObject({ op: '2', admin: 0 });
      expect(rows.get('off')?.admin).toBe(5);
      expect(readFileSync(haproxy.paths.stateFile, 'utf8')).not.toContain('removed');
      expect(haproxy.restarts).toBe(0);
      await haproxy.stop();
      await control.close();
    },
  );
});
