import { createHash } from 'node:crypto';
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
    const app = await startAppServer({ sandbox, name: 'web1' });
    const dead = sandbox.nextAddress('app');
    haproxy = await startHaproxy({
      sandbox,
      name: 'shopfront',
      version,
      // With a state file and a dead server: that is when an agent would have something to keep.
      config: (paths) =>
        configOf(sandbox, [
          globalSection(paths, { stateFile: true }),
          'defaults\n  load-server-state-from-file global\n',
          `backend web\n  option httpchk GET /health\n  server web1 ${app.address}:${app.port} check inter 200`,
          `  server web2 ${dead}:8080 check inter 200 fall 1\n`,
        ]),
    });
    await waitUntil(async () => /web2 \S+ 0 0 /.test(await haproxy.ask('show servers state')), {
      for: 'web2 down',
    });
  });
  afterAll(() => sandbox.close());

  /** Only our own HAProxy is in it: whatever else runs on this machine is none of this test's business. */
  const proc = () => join(sandbox.folder, 'proc');
  function show(...pids: readonly number[]): void {
    mkdirSync(proc(), { recursive: true });
    for (const pid of pids) symlinkSync(`/proc/${pid}`, join(proc(), String(pid)));
  }
  const up = (...args: string[]) => runCli(['up', '--proc', proc(), ...args], { sandbox });
  const digest = () => createHash('sha256').update(readFileSync(haproxy.paths.configFile)).digest('hex');

  /** All that could be seen of a touch: file, folder, process, states. The columns that tell a time since are left out. */
  async function untouched(): Promise<unknown> {
    const states = (await haproxy.ask('show servers state'))
      .split('\n')
      .filter((line) => line.includes(' web'));
    return {
      digest: digest(),
      mtime: statSync(haproxy.paths.configFile).mtimeMs,
      folder: readdirSync(haproxy.paths.folder).toSorted(),
      worker: await haproxy.workerPid(),
      states: states.map((line) => line.split(' ').slice(3, 8).join(' ')),
    };
  }

  it('says in a dry run what it found and what it would start, and starts and writes nothing', async () => {
    const before = await untouched();
    const { stdout, stderr } = exits(await up('--dry-run'), 0);
    expect(stderr).toBe('');
    expect(stdout).toContain(
      `Found HAProxy shopfront, pid ${haproxy.masterPid}: ${haproxy.paths.configFile}, ${haproxy.paths.statsSocket} (level admin).`,
    );
    expect(stdout).toMatch(/^Would start a server and an agent \(node \S+\) for .*shopfront/m);
    expect(await untouched()).toEqual(before);
    expect(readdirSync(join(sandbox.folder, 'home'))).toEqual([]);
  });

  it('shows the status with --once and ends; nothing on HAProxy has changed', async () => {
    const before = await untouched();
    const listen = `${sandbox.nextAddress('control')}:8700`;
    const { stdout } = exits(await up('--once', '--listen', listen), 0);
    expect(stdout).toMatch(/^web .*1\/2 .*web2 DOWN L4/m);
    expect(await untouched()).toEqual(before);
  });

  it('runs until Ctrl-C, with a context that needs no token; what was changed stays when it ends', async () => {
    const listen = `${sandbox.nextAddress('control')}:8701`;
    const work: Promise<CliResult>[] = [];
    const data = join(sandbox.folder, 'up-data');
    const running = runCli(['up', '--proc', proc(), '--listen', listen, '--data', data], {
      sandbox,
      onOutput(printed, kill) {
        if (work.length > 0 || !printed.includes('Running; Ctrl-C ends it')) return;
        const change = runCli(
          [
            'server',
            'disable',
            'web/web2',
            '--instance',
            'shopfront',
            '--reason',
            'dead',
            '--yes',
            '--context',
            'local',
          ],
          { sandbox },
        );
        work.push(change);
        void change.finally(() => kill('SIGINT'));
      },
    });
    const ended = await running;
    const [changed] = await Promise.all(work);
    expect(changed && exits(changed, 0).stdout).toMatch(/^web\/web2 MAINT\. {2}CHG-1/m);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await maintServers(haproxy)).toEqual(['web/web2']);
    expect(readFileSync(haproxy.paths.stateFile, 'utf8')).toMatch(/web2/);
    await haproxy.reload('signal');
    expect(await maintServers(haproxy)).toEqual(['web/web2']);
  });

  it('says what is missing in one sentence each: socket, level, master socket (a restart, not a reload), state file', async () => {
    const bare = await startBare({ sandbox, version, name: 'nosocket', sockets: () => [] });
    const low = await startBare({
      sandbox,
      version,
      name: 'lowlevel',
      sockets: (folder) => [`stats socket ${join(folder, 'admin.sock')} level user`],
    });
    const { stdout } = exits(await up('--dry-run'), 0);
    expect(findingsOf(stdout, 'nosocket')).toEqual([
      `missing: ${bare.configFile} has no stats socket: add \`stats socket /run/haproxy/admin.sock mode 660 level admin\` to its global section and reload HAProxy.`,
      'better: HAProxy has no master socket, the second way in: start it with `-S /run/haproxy-master.sock`; this needs a restart, not a reload.',
      `better: A reload forgets maint, drain and health: add \`server-state-file /var/lib/haproxy/server-state\` to global and \`load-server-state-from-file global\` to defaults in ${bare.configFile}, and reload HAProxy.`,
    ]);
    expect(findingsOf(stdout, 'lowlevel')[0]).toBe(
      `missing: ${low.statsSocket} has level user, so servers can be seen but not changed: write \`level admin\` on line 2 of ${low.configFile} and reload HAProxy.`,
    );
    expect(findingsOf(stdout, 'shopfront')).toEqual([]);
    // One that cannot be read is left out; one that can be read alone is shown.
    expect(stdout).toMatch(/^Would start .*lowlevel/m);
    expect(stdout).not.toMatch(/^Would start .*nosocket/m);
  });
});

function configOf(sandbox: Sandbox, parts: readonly string[]): string {
  const [global = '', ...rest] = parts;
  const address = sandbox.nextAddress('node');
  return `${global}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend main
  bind ${address}:8080
  monitor-uri /alive
${rest.join('\n')}`;
}

interface BareOptions {
  readonly sandbox: Sandbox;
  readonly version: HaproxyVersion;
  readonly name: string;
  /** Lines of its global section. */
  readonly sockets: (folder: string) => readonly string[];
}

/** A HAProxy as somebody runs it who never thought of operating it: a master, and no way to it. */
async function startBare({ sandbox, version, name, sockets }: BareOptions) {
  const paths = pathsIn(join(sandbox.folder, name));
  mkdirSync(paths.folder);
  const config = configOf(sandbox, [
    `global\n${sockets(paths.folder)
      .map((line) => `  ${line}\n`)
      .join('')}  nbthread 1\n`,
  ]);
  writeFileSync(paths.configFile, config);
  const url = `http://${/bind (\S+)/.exec(config)?.[1]}/alive`;
  await supervise({
    sandbox,
    name,
    command: haproxyBinary(version),
    args: ['-W', '-f', paths.configFile],
    cwd: paths.folder,
    logFile: paths.logFile,
    isReady: async () => (await fetch(url)).ok,
  });
  return paths;
}

/** What is said below the line that tells of this HAProxy; others may run on this machine. */
function findingsOf(stdout: string, name: string): string[] {
  const lines = stdout.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`Found HAProxy ${name},`));
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith('  '));
  return rest.slice(0, end).map((line) => line.trim());
}
