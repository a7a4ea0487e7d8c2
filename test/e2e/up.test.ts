import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CliResult,
  type Haproxy,
  type HaproxyVersion,
  type Sandbox,
  createSandbox,
  globalSection,
  haproxyBinary,
  pathsIn,
  runCli,
  startAppServer,
  startHaproxy,
  supervise,
  waitUntil,
} from '../../dev/index.ts';
import { endsOfMatrix } from '../support/matrix-ends.ts';
import { maintServers } from '../support/server-states.ts';
import { exits } from '../support/told.ts';

describe.each(endsOfMatrix())('hafleet up beside HAProxy %s', (version) => {
  let sandbox: Sandbox;
  let haproxy: Haproxy;
  beforeAll(async () => {
    sandbox = await createSandbox();
    const apps = await Promise.all(['web1', 'web2'].map((name) => startAppServer({ sandbox, name })));
    const servers = apps.map(
      ({ name, address, port }) => `  server ${name} ${address}:${port} check inter 200`,
    );
    haproxy = await startHaproxy({
      sandbox,
      name: 'shopfront',
      version,
      config: (paths) =>
        configOf(sandbox, globalSection(paths, { stateFile: true }), [
          '  load-server-state-from-file global',
          'backend web',
          '  option httpchk GET /health',
          ...servers,
        ]),
    });
    show(haproxy.masterPid, await haproxy.workerPid());
    await waitUntil(async () => /web2 \S+ 2 0 .* 15 3 /.test(await haproxy.ask('show servers state')), {
      for: 'green checks',
    });
  });
  afterAll(() => sandbox.close());

  /** A /proc with our own HAProxy alone: what else runs on this machine is none of this test's business. */
  const proc = () => join(sandbox.folder, 'proc');
  function show(...pids: readonly number[]): void {
    mkdirSync(proc(), { recursive: true });
    for (const pid of pids) symlinkSync(`/proc/${pid}`, join(proc(), String(pid)));
  }
  const upArgs = (...args: string[]) => ['up', '--proc', proc(), ...args];
  const up = (...args: string[]) => runCli(upArgs(...args), { sandbox });

  /** All by which a touch could be seen: file, folder, process, states. */
  async function untouched(): Promise<unknown> {
    const { configFile, folder } = haproxy.paths;
    const rows = (await haproxy.ask('show servers state'))
      .split('\n')
      .filter((line) => line.includes(' web'));
    return {
      config: readFileSync(configFile, 'utf8'),
      written: statSync(configFile).mtimeMs,
      folder: readdirSync(folder).toSorted(),
      worker: await haproxy.workerPid(),
      states: rows.map((row) => row.split(' ').slice(3, 8).join(' ')),
    };
  }

  it('says in a dry run what it found and what it would start, and starts and writes nothing', async () => {
    const before = await untouched();
    const { stdout, stderr } = exits(await up('--dry-run'), 0);
    expect(stderr).toBe('');
    const { configFile, statsSocket } = haproxy.paths;
    expect(stdout.split('\n')[0]).toBe(
      `Found HAProxy shopfront, pid ${haproxy.masterPid}: ${configFile}, ${statsSocket} (level admin).`,
    );
    expect(stdout).toMatch(/^Would start a server and an agent \(node \S+\) for shopfront, /m);
    expect(stdout).toMatch(/^HAProxy itself would not be touched/m);
    expect(await untouched()).toEqual(before);
    expect(readdirSync(join(sandbox.folder, 'home'))).toEqual([]);
  });

  it('shows the status with --once and ends; nothing on HAProxy has changed', async () => {
    const before = await untouched();
    const { stdout, stderr } = exits(
      await up('--once', '--listen', `${sandbox.nextAddress('control')}:8700`),
      0,
    );
    expect(stdout).toMatch(/1 LB .* OK\n.*\nweb +2\/2 .*●\n2 servers: 2 up\n$/);
    expect(stderr).not.toMatch(/missing|better|error|warn/);
    expect(await untouched()).toEqual(before);
  });

  it('runs until Ctrl-C, with a context that needs no token; what was changed stays when it ends', async () => {
    const listen = `${sandbox.nextAddress('control')}:8701`;
    const work: Promise<CliResult>[] = [];
    const ended = await runCli(upArgs('--listen', listen, '--data', join(sandbox.folder, 'up-data')), {
      sandbox,
      onOutput(printed, kill) {
        if (work.length > 0 || !printed.includes('Running; Ctrl-C ends it')) return;
        const change = runCli(['server', 'disable', 'web/web2', '--reason', 'disk', '--yes'], { sandbox });
        work.push(change);
        void change.finally(() => kill('SIGINT'));
      },
    });
    expect(ended.code, ended.stderr).toBe(0);
    const [changed] = await Promise.all(work);
    expect(changed && exits(changed, 0).stdout).toMatch(/^web\/web2 MAINT\. {2}CHG-1/m);
    expect(await maintServers(haproxy)).toEqual(['web/web2']);
    // The state file that haproxy.cfg names carries it over a reload with nobody there.
    await haproxy.reload('signal');
    expect(await maintServers(haproxy)).toEqual(['web/web2']);
    exits(await runCli(['status'], { sandbox }), 14);
  });

  it('says what is missing in one sentence each: socket, level, master socket (a restart, not a reload), state file', async () => {
    const bare = await startBare({ sandbox, version, name: 'nosocket', sockets: () => [] });
    const low = await startBare({
      sandbox,
      version,
      name: 'lowlevel',
      sockets: (folder) => [`  stats socket ${join(folder, 'admin.sock')} level user`],
    });
    show(bare.pid, low.pid);
    const { stdout } = exits(await up('--dry-run'), 0);
    const advice = (file: string) => [
      'better: HAProxy has no master socket, the second way in: start it with `-S /run/haproxy-master.sock`; this needs a restart, not a reload.',
      `better: A reload forgets maint, drain and health: add \`server-state-file /var/lib/haproxy/server-state\` to global and \`load-server-state-from-file global\` to defaults in ${file}, and reload HAProxy.`,
    ];
    expect(findingsOf(stdout, 'nosocket')).toEqual([
      `missing: ${bare.paths.configFile} has no stats socket: add \`stats socket /run/haproxy/admin.sock mode 660 level admin\` to its global section and reload HAProxy.`,
      ...advice(bare.paths.configFile),
    ]);
    expect(findingsOf(stdout, 'lowlevel')).toEqual([
      `missing: ${low.paths.statsSocket} has level user, so servers can be seen but not changed: write \`level admin\` on line 3 of ${low.paths.configFile} and reload HAProxy.`,
      ...advice(low.paths.configFile),
    ]);
    expect(findingsOf(stdout, 'shopfront')).toEqual([]);
    // What can be read alone is shown; what cannot be read is left out.
    expect(/^Would start .* for (.*), and write/m.exec(stdout)?.[1]?.split(', ').toSorted()).toEqual([
      'lowlevel',
      'shopfront',
    ]);
  });

  it('says where it looked when nothing runs, and exits 1 without starting anything', async () => {
    const empty = join(sandbox.folder, 'empty-proc');
    mkdirSync(empty);
    const { stderr } = exits(await runCli(['up', '--proc', empty], { sandbox }), 1);
    expect(stderr).toMatch(/No HAProxy runs on this machine that this user can see/);
    expect(stderr).toMatch(/^ {2}next /m);
  });
});

function configOf(sandbox: Sandbox, global: string, rest: readonly string[]): string {
  return `${global}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
${rest.join('\n')}
frontend main
  bind ${sandbox.nextAddress('node')}:8080
  monitor-uri /alive
`;
}

interface BareOptions {
  readonly sandbox: Sandbox;
  readonly version: HaproxyVersion;
  readonly name: string;
  readonly sockets: (folder: string) => readonly string[];
}

/** A HAProxy of somebody who never thought of operating it: a master with no way to it. */
async function startBare({ sandbox, version, name, sockets }: BareOptions) {
  const paths = pathsIn(join(sandbox.folder, name));
  mkdirSync(paths.folder);
  const global = ['global', '  nbthread 1', ...sockets(paths.folder)].join('\n');
  const config = configOf(sandbox, global, ['backend web', '  server web1 127.0.0.1:9']);
  writeFileSync(paths.configFile, config);
  const url = `http://${/bind (\S+)/.exec(config)?.[1]}/alive`;
  const { pid } = await supervise({
    sandbox,
    name,
    command: haproxyBinary(version),
    args: ['-W', '-f', paths.configFile],
    cwd: paths.folder,
    logFile: paths.logFile,
    isReady: async () => (await fetch(url)).ok,
  });
  return { paths, pid };
}

/** The indented lines below the one that tells of this HAProxy. */
function findingsOf(stdout: string, name: string): string[] {
  const lines = stdout.split('\n');
  const rest = lines.slice(lines.findIndex((line) => line.startsWith(`Found HAProxy ${name},`)) + 1);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('  ')),
    )
    .map((line) => line.trim());
}
