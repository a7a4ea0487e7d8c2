import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppServer,
  type Haproxy,
  type Sandbox,
  createSandbox,
  globalSection,
  runCli,
  startAppServer,
  startHaproxy,
  waitUntil,
} from '../../dev/index.ts';
import { endsOfMatrix } from '../support/matrix-ends.ts';
import { maintServers, serverStates } from '../support/server-states.ts';
import { documentOf, exits } from '../support/told.ts';

describe.each(endsOfMatrix())('--socket, straight on one HAProxy %s', (version) => {
  let sandbox: Sandbox;
  let haproxy: Haproxy;
  let apps: readonly AppServer[];
  let frontend: string;
  beforeAll(async () => {
    sandbox = await createSandbox();
    apps = await Promise.all(['web1', 'web2'].map((name) => startAppServer({ sandbox, name })));
    frontend = `${sandbox.nextAddress('node')}:8080`;
    const servers = apps.map(
      ({ name, address, port }) => `  server ${name} ${address}:${port} check inter 200 rise 2 fall 2`,
    );
    haproxy = await startHaproxy({
      sandbox,
      name: 'alone',
      version,
      config: (paths) => `${globalSection(paths, {
        extra: ['user', 'operator'].map(
          (level) => `stats socket ${join(paths.folder, level)} level ${level}`,
        ),
      })}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend main
  bind ${frontend}
  default_backend web
backend web
  option httpchk GET /health
${servers.join('\n')}
`,
    });
    await waitUntil(async () => (await hf('status')).code === 0, { for: 'green checks' });
  });
  afterAll(() => sandbox.close());

  const hf = (...args: string[]) => runCli([...args, '--socket', haproxy.paths.statsSocket], { sandbox });
  const through = (socket: string, ...args: string[]) =>
    runCli([...args, '--socket', join(haproxy.paths.folder, socket)], { sandbox });

  it('reads without a control server, a token or a context', async () => {
    expect(exits(await hf('status'), 0).stdout).toMatch(/1 LB .*\n.*\nweb +2\/2 .*●\n2 servers: 2 up\n/);
    for (const args of [
      ['status'],
      ['server', 'list'],
      ['server', 'show', 'web1'],
      ['backend', 'list'],
      ['backend', 'show', 'web'],
    ])
      expect(documentOf(exits(await hf(...args, '-o', 'json'), 0)).items).toHaveLength(1);
    expect(exits(await hf('status', '-o', 'nagios'), 0).stdout).toMatch(/^HAFLEET OK - 2 servers up/);
  });

  it('reads with a socket of any level, and changes with admin alone: says which line to write', async () => {
    for (const level of ['user', 'operator']) {
      exits(await through(level, 'status'), 0);
      const { stderr } = exits(await through(level, 'server', 'disable', 'web1', '--yes'), 13);
      expect(stderr).toMatch(new RegExp(`level ${level}.*\n {2}next +.*level admin`));
    }
    expect(await maintServers(haproxy)).toEqual([]);
  });

  it('disables, says that it lasts no longer than the worker and is known nowhere else, and is already so then', async () => {
    const dry = exits(await hf('server', 'disable', 'web1', '--dry-run'), 0);
    expect(dry.stdout).toMatch(/web\/web1 UP -> MAINT/);
    expect(await maintServers(haproxy)).toEqual([]);
    exits(await hf('server', 'disable', 'web1'), 64);
    const out = exits(await hf('server', 'disable', 'web1', '--yes'), 0);
    expect(out.stderr).toMatch(/does not last over a reload .* other load balancers do not know/);
    expect(out.stdout).toMatch(
      /^web\/web1 MAINT on this HAProxy alone; a reload forgets it unless an agent holds it\.$/m,
    );
    expect(await maintServers(haproxy)).toEqual(['web/web1']);
    expect(exits(await hf('server', 'disable', 'web1', '--yes'), 0).stdout).toBe('already so, 1/1\n');
    const status = exits(await hf('status'), 1);
    expect(status.stdout, 'the next command works as it stands').toContain(
      `Next: hafleet server show web/web1 --socket ${haproxy.paths.statsSocket}`,
    );
  });

  it('holds it to the capacity floor', async () => {
    const { stderr } = exits(await hf('server', 'disable', 'web2', '--yes'), 11);
    expect(stderr).toMatch(/REFUSED by guard capacity: web would keep 0 usable of 2/);
    expect(await maintServers(haproxy)).toEqual(['web/web1']);
  });

  it('enables through the gate: a red server stays out, and no request reaches it', async () => {
    const [web1] = apps;
    await web1?.behave({ kind: 'fail', status: 500 });
    web1?.resetCounts();
    const enabling = hf('server', 'enable', 'web1', '--gate', '2s', '--yes');
    for (let at = 0; at < 20; at++) expect((await fetch(`http://${frontend}/`)).status).toBe(200);
    const red = exits(await enabling, 1);
    expect(red.stdout).toMatch(/^red .*web\/web1 \(L7STS(\/500)?\); back to where it was/m);
    expect(await maintServers(haproxy)).toEqual(['web/web1']);
    expect(web1?.counts().requests).toBe(0);
    await web1?.behave({ kind: 'ok' });
    const green = exits(await hf('server', 'enable', 'web1', '--yes'), 0);
    expect(green.stdout).toMatch(/^web\/web1 READY on this HAProxy alone\.$/m);
    expect((await serverStates(haproxy)).get('web/web1')).toMatchObject({ operational: 2, admin: 0 });
  });

  it('takes the gate back at Ctrl-C: back in maint, exit 130', async () => {
    exits(await hf('server', 'disable', 'web1', '--yes'), 0);
    await apps[0]?.behave({ kind: 'fail', status: 500 });
    let sent = false;
    const result = await runCli(
      ['server', 'enable', 'web1', '--yes', '--socket', haproxy.paths.statsSocket],
      {
        sandbox,
        onOutput(printed, kill) {
          if (sent || !printed.includes('waiting for green checks')) return;
          sent = true;
          kill('SIGINT');
        },
      },
    );
    exits(result, 130);
    expect(await maintServers(haproxy)).toEqual(['web/web1']);
    await apps[0]?.behave({ kind: 'ok' });
    exits(await hf('server', 'enable', 'web1', '--yes'), 0);
  });

  it('drains, sets a weight and gives it back', async () => {
    exits(await hf('server', 'drain', 'web1', '--wait', '5s', '--then', 'disable', '--yes'), 0);
    expect(await maintServers(haproxy)).toEqual(['web/web1']);
    exits(await hf('server', 'enable', 'web1', '--yes'), 0);
    exits(await hf('server', 'weight', 'web1', '9', '--yes'), 0);
    expect((await serverStates(haproxy)).get('web/web1')?.weight).toBe(9);
    exits(await hf('server', 'weight', 'web1', '--default', '--yes'), 0);
    expect((await serverStates(haproxy)).get('web/web1')?.weight).toBe(1);
    exits(await hf('server', 'kill-sessions', 'web1', '--yes'), 0);
  });

  it('refuses what one HAProxy alone cannot do, and names what is wrong with a socket', async () => {
    expect(exits(await hf('server', 'disable', 'web1', '--for', '1h', '--yes'), 64).stderr).toMatch(
      /control server/,
    );
    expect(exits(await hf('node', 'list'), 64).stderr).toMatch(/control server/);
    expect(exits(await hf('server', 'disable', 'web9', '--yes'), 64).stderr).toMatch(
      /did you mean web1 or web2/,
    );
    expect(exits(await through('none.sock', 'status'), 14).stderr).toMatch(/none\.sock.*\n {2}next/);
    expect(exits(await through('master.sock', 'status'), 64).stderr).toMatch(/master socket/);
    expect(await maintServers(haproxy)).toEqual([]);
  });
});
