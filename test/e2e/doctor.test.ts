import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CliResult,
  type Fleet,
  type Haproxy,
  type HaproxyPaths,
  type HaproxyVersion,
  type Sandbox,
  createSandbox,
  globalSection,
  runCli,
  startFleet,
  startHaproxy,
  waitUntil,
} from '../../dev/index.ts';
import { endsOfMatrix } from '../support/matrix-ends.ts';
import { documentOf, exits, told } from '../support/told.ts';

interface Item {
  readonly node: string;
  readonly id: string;
  readonly severity: string;
  readonly subject: string;
  readonly evidence: readonly string[];
  readonly verdict: string;
  readonly fix: readonly string[];
}

const itemsOf = (result: CliResult) => documentOf<Item>(result).items;
const found = (result: CliResult) =>
  itemsOf(result).filter(({ severity }) => severity !== 'ok' && severity !== 'info');

describe.each(endsOfMatrix())('hafleet doctor --socket beside HAProxy %s', (version) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox();
  });
  afterAll(() => sandbox.close());
  const doctor = (haproxy: Haproxy, ...args: string[]) =>
    runCli(['doctor', '--socket', haproxy.paths.statsSocket, ...args], { sandbox });

  it('finds nothing wrong with a careful configuration, and exits 0', async () => {
    const haproxy = await start(sandbox, version, 'good', goodConfig);
    const result = exits(await doctor(haproxy, '-o', 'json'), 0);
    expect(found(result)).toEqual([]);
    expect(itemsOf(result).map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'haproxy-version',
        'socket-access',
        'socket-open',
        'socket-network',
        'reload-sockets',
      ]),
    );
    const { stdout } = exits(await doctor(haproxy), 0);
    expect(stdout).toMatch(/ OK\n✓ HAProxy \d/);
  });

  it('finds what is wrong with a bad one, each with its line and the line that mends it', async () => {
    const port = await freePort();
    const haproxy = await start(sandbox, version, 'bad', (paths) => badConfig(paths, sandbox, port));
    const result = exits(await doctor(haproxy, '-o', 'json'), 2);
    const { configFile } = haproxy.paths;
    const lines = readFileSync(configFile, 'utf8').split('\n');
    for (const [id, severity, ...texts] of expectedOfBad(version)) {
      const item = found(result).find((one) => one.id === id && one.severity === severity);
      expect(item, `${severity} ${id}${told(result)}`).toBeDefined();
      for (const text of texts) {
        const number = lines.findIndex((line) => line.trim().startsWith(text)) + 1;
        expect(
          item?.evidence.some((line) => line.startsWith(`${configFile}:${number}: `)),
          `${id}: ${text}\n${item?.evidence.join('\n')}`,
        ).toBe(true);
      }
      expect(item?.fix.length, id).toBeGreaterThan(0);
    }
    expect(result.stdout).not.toMatch(/s3cret-of-nobody|adminpwd/);
  });

  it('tells old workers with their memory, and a reload that failed', async () => {
    const haproxy = await start(sandbox, version, 'worn', goodConfig);
    const holding = connect(haproxy.paths.statsSocket);
    holding.write('prompt\n');
    await once(holding, 'data');
    const { ok } = await haproxy.reload('signal');
    expect(ok).toBe(true);
    const old = itemsOf(await doctor(haproxy, '-o', 'json')).find(({ id }) => id === 'old-workers');
    expect(old?.verdict).toMatch(/^1 old worker still serves .*, \d+ MB together$/);
    expect(old?.evidence[0]).toMatch(/^old worker \d+, up \d+ s, VmRSS \d+ MB$/);
    holding.destroy();
    haproxy.writeConfig('backend web\n  nonsense\n');
    expect((await haproxy.reload('signal')).ok).toBe(false);
    const failed = found(await doctor(haproxy, '-o', 'json')).find(({ id }) => id === 'failed-reload');
    expect(failed?.evidence[0]).toMatch(/^show proc: failed: \d+$/);
  });

  it('changes nothing: it asks to be shown things alone', async () => {
    const haproxy = await start(sandbox, version, 'still', goodConfig);
    await waitUntil(
      async () => /web1 \S+ 0 .*\n.*web2 \S+ 0 /.test(await haproxy.ask('show servers state')),
      {
        for: 'checks that failed',
      },
    );
    const log = await startListener(haproxy);
    const before = await witness(haproxy);
    exits(await runCli(['doctor', '--socket', log.path, '-o', 'json'], { sandbox }), 0);
    expect(await witness(haproxy)).toEqual(before);
    expect(log.commands.length).toBeGreaterThan(4);
    expect(log.commands.filter((command) => !/^(?:show |help$|prompt)/.test(command))).toEqual([]);
    log.close();
    expect(readdirSync(join(sandbox.folder, 'home'))).toEqual([]);
  });

  it('reads the configuration that is named, where the process does not tell', async () => {
    const haproxy = await start(sandbox, version, 'named', goodConfig);
    const bad = join(haproxy.paths.folder, 'missing.cfg');
    const result = await doctor(haproxy, '--config', bad, '-o', 'json');
    expect(found(exits(result, 1)).map(({ id }) => id)).toContain('config-unreadable');
  });

  it('looks at every HAProxy of the machine with --local, and says so where there is none', async () => {
    const proc = join(sandbox.folder, 'proc');
    mkdirSync(proc);
    const local = () => runCli(['doctor', '--local', '--proc', proc, '-o', 'json'], { sandbox });
    expect(found(exits(await local(), 3))).toMatchObject([{ id: 'no-haproxy', severity: 'unknown' }]);
    for (const name of ['one', 'two']) {
      const haproxy = await start(sandbox, version, name, goodConfig);
      for (const pid of [haproxy.masterPid, await haproxy.workerPid()])
        symlinkSync(`/proc/${pid}`, join(proc, String(pid)));
    }
    const items = itemsOf(exits(await local(), 0));
    expect(new Set(items.map(({ subject }) => subject))).toEqual(new Set(['one', 'two', '']));
  });

  it('says so where nothing listens', async () => {
    const { stdout } = exits(
      await runCli(['doctor', '--socket', join(sandbox.folder, 'none.sock')], { sandbox }),
      2,
    );
    expect(stdout).toContain('none.sock does not exist');
  });
});

describe('hafleet doctor of a fleet', () => {
  let fleet: Fleet;
  const [version] = endsOfMatrix();
  beforeAll(async () => {
    fleet = await startFleet({
      nodes: ['lb1', 'lb2', 'lb3'].map((name) => ({ name, ...(version && { version }) })),
      backends: { web: ['web1', 'web2'] },
      stateFile: true,
      checkMs: 1000,
      control: true,
    });
  });
  afterAll(() => fleet.close());

  /** The tests may run as root, and the agents with them. */
  const isExpected = ({ id }: Item) => id === 'agent-user' && process.getuid?.() === 0;

  it('finds nothing wrong with three careful load balancers, and folds what they have in common', async () => {
    const before = await Promise.all(fleet.instances.map(({ haproxy }) => witness(haproxy)));
    const result = await fleet.hafleet('doctor', '-o', 'json');
    expect(
      found(result).filter((item) => !isExpected(item)),
      told(result),
    ).toEqual([]);
    const { stdout } = await fleet.hafleet('doctor');
    expect(stdout).toMatch(/✓ stats socket admin 3\/3/);
    expect(stdout).toMatch(/✓ states survive reloads 3\/3/);
    expect(stdout).toMatch(/✓ clock skew \d\.\d s at most/);
    expect(await Promise.all(fleet.instances.map(({ haproxy }) => witness(haproxy)))).toEqual(before);
  });

  it('looks at the load balancers that are named', async () => {
    const nodes = new Set(
      itemsOf(await fleet.hafleet('doctor', 'lb[1-2]', '-o', 'json')).map(({ node }) => node),
    );
    expect([...nodes].toSorted()).toEqual(['', 'lb1', 'lb2']);
  });

  it('names the one whose configuration is worse, and what stands in it', async () => {
    const { haproxy } = fleet.instance('lb2/http');
    const text = readFileSync(haproxy.paths.configFile, 'utf8');
    haproxy.writeConfig(text.replace('  option redispatch\n', ''));
    await haproxy.reload('signal');
    const result = await fleet.hafleet('doctor', '-o', 'json');
    expect(found(result).filter((item) => !isExpected(item) && item.id !== 'known-bad-build')).toMatchObject([
      { node: 'lb2', id: 'redispatch', severity: 'warning' },
    ]);
    expect((await fleet.hafleet('doctor')).stdout).toMatch(/^! lb2\/http {2}requests die with a server/m);
    haproxy.writeConfig(text);
    await haproxy.reload('signal');
  });

  it('says that nothing is known of a frozen load balancer, and everything of the others, within its deadline', async () => {
    const { agent } = fleet.node('lb3');
    agent?.process.freeze();
    const result = exits(await fleet.hafleet('doctor', '-o', 'json'), 3);
    agent?.process.thaw();
    expect(result.ms).toBeLessThan(15_000);
    const unknown = found(result).filter(({ severity }) => severity === 'unknown');
    expect(unknown).toMatchObject([{ node: 'lb3', id: 'node-silent' }]);
    const well = itemsOf(result).filter(({ severity }) => severity === 'ok');
    expect(new Set(well.map(({ node }) => node))).toEqual(new Set(['', 'lb1', 'lb2']));
  });
});

function start(
  sandbox: Sandbox,
  version: HaproxyVersion,
  name: string,
  config: (paths: HaproxyPaths, sandbox: Sandbox) => string,
): Promise<Haproxy> {
  return startHaproxy({ sandbox, version, name, config: (paths) => config(paths, sandbox) });
}

function goodConfig(paths: HaproxyPaths, sandbox: Sandbox): string {
  return `${globalSection(paths, { stateFile: true, extra: ['hard-stop-after 1h'] })}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  timeout tunnel 8h
  option redispatch
  option idle-close-on-response
  load-server-state-from-file global
frontend main
  bind ${sandbox.nextAddress('node')}:8080
  default_backend web
backend web
  option httpchk GET /health
  default-server check inter 2s
  server web1 127.0.0.1:9
  server web2 127.0.0.1:10
  server web3 127.0.0.1:11 disabled # waits for its disk
listen stats
  bind ${sandbox.nextAddress('node')}:8404
  stats enable
`;
}

function badConfig({ statsSocket }: HaproxyPaths, sandbox: Sandbox, port: number): string {
  const address = sandbox.nextAddress('node');
  return `global
  nbthread 1
  stats socket ${statsSocket} mode 666 level admin
  stats socket ipv4@${address}:9999 level admin
  stats maxconn 4
  stats timeout 1s
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  timeout tunnel 8h
listen pages
  bind *:${port}
  stats enable
  stats auth admin:admin
  stats auth ops:s3cret-of-nobody
  stats admin if TRUE
frontend main
  bind ${address}:8080
  default_backend web
backend web
  server web1 127.0.0.1:9 check inter 50ms
  server web2 127.0.0.1:10 disabled
  server web3 127.0.0.1:11 ssl verify none check observe layer7
backend described
  option httpchk GET /health
  server d1 127.0.0.1:12
backend patient
  option httpchk GET /health
  server p1 127.0.0.1:13 check inter 30s fall 5
backend observing
  server o1 127.0.0.1:14 observe layer4
userlist dataplane
  user admin insecure-password adminpwd
`;
}

/** Id, severity, then what stands in the lines that have to be quoted. */
function expectedOfBad(version: HaproxyVersion): readonly (readonly [string, string, ...string[]])[] {
  return [
    ...(version === '2.6' ? ([['known-bad-build', 'warning']] as const) : []),
    ['socket-open', 'critical', 'stats socket /'],
    ['socket-network', 'warning', 'stats socket ipv4@'],
    ['socket-limits', 'warning', 'stats maxconn'],
    ['stats-page-password', 'critical', 'bind *:', 'stats auth admin', 'stats admin'],
    ['guessable-password', 'critical', 'user admin'],
    ['hard-stop-after', 'warning', 'timeout tunnel'],
    ['state-file', 'warning', 'global', 'backend web'],
    ['redispatch', 'warning', 'backend web'],
    ['idle-close-on-response', 'warning', 'listen pages', 'frontend main'],
    ['check-tcp-only', 'warning', 'backend web'],
    ['httpchk-unused', 'warning', 'server d1'],
    ['fall-odd', 'warning', 'server p1'],
    ['observe-unused', 'warning', 'server o1'],
    ['observe-without-on-error', 'warning', 'server web3'],
    ['ssl-verify-none', 'warning', 'server web3'],
    ['file-disabled', 'warning', 'server web2'],
    ['check-load', 'warning'],
  ];
}

/** A port of all addresses that nothing listens on now: another HAProxy would share it without a word. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** All by which a touch could be seen. */
async function witness(haproxy: Haproxy): Promise<unknown> {
  const { paths } = haproxy;
  const rows = (await haproxy.ask('show servers state'))
    .split('\n')
    .map((line) => line.split(' ').slice(3, 8).join(' '));
  return {
    states: rows,
    config: createHash('sha256').update(readFileSync(paths.configFile)).digest('hex'),
    written: statSync(paths.configFile).mtimeMs,
    worker: await haproxy.workerPid(),
    files: readdirSync(paths.folder).toSorted(),
  };
}

/** A socket that passes everything on to HAProxy's and writes down what is asked. */
async function startListener({ paths }: Haproxy) {
  const path = `${paths.statsSocket}.log`;
  const commands: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const haproxy = connect({ path: paths.statsSocket, allowHalfOpen: true });
    client.on('data', (part: Buffer) => {
      const lines = part.toString('utf8').split(/[\n;]/);
      commands.push(...lines.map((line) => line.trim()).filter((line) => line !== ''));
    });
    client.on('error', () => haproxy.destroy());
    haproxy.on('error', () => client.destroy());
    client.pipe(haproxy).pipe(client);
  }).listen(path);
  await once(server, 'listening');
  return { path, commands, close: () => server.close() };
}
