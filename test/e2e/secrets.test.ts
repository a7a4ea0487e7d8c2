import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CliResult,
  type ConfigContext,
  type ControlServer,
  type Fleet,
  type Sandbox,
  createSandbox,
  defaultConfig,
  runCli,
  startAgent,
  startFleet,
  testedVersions,
  waitForAgents,
  waitUntil,
} from '../../dev/index.ts';
import { type Planted, filesIn, filesWithSecrets, secretsIn } from '../support/secrets/planted.ts';

const PASSWORDS = {
  'the password of stats auth': 'planted-Stats4uth-k9QmZt7w',
  'a password of a userlist': 'planted-Userlist-x3VbRn8e',
  'a hash of a userlist': '$5$plantedHash$h2YcLp6dJw0s',
  'a variable of haproxy.cfg': 'planted-Setenv-u5KfTg1m',
  'a variable of every process': 'planted-Environ-a8WjDx4r',
  'a password in a configuration that fails': 'planted-Failing-o6HnSv2q',
  'a token that is wrong': 'hafleet_api_planted-WrongToken-c7EyMb0iLt3zQ',
  'a join token that is wrong': 'hafleet_join_planted-WrongJoin-d1RfGk5uXp9wJ',
  'a credential that is wrong': 'hafleet_node_planted-WrongCred-s4NvBz8hYq2e.AAAAplanted',
  'a token where none belongs': 'hafleet_api_planted-Misplaced-f0ZlCt6nVw3b',
} as const;

const planted: Planted = new Map(Object.entries(PASSWORDS));
/** All that was shown to anybody, with where. */
const shown: { readonly where: string; readonly text: string }[] = [];

let sandbox: Sandbox;
let fleet: Fleet;
let control: ControlServer;
let metricsPorts: { readonly server: number; readonly agent: number };

function configWithSecrets(context: ConfigContext): string {
  return [
    defaultConfig(context).replace(
      'global\n',
      `global\n  setenv PLANTED ${PASSWORDS['a variable of haproxy.cfg']}\n`,
    ),
    'userlist people\n',
    `  user mara insecure-password ${PASSWORDS['a password of a userlist']}\n`,
    `  user nils password ${PASSWORDS['a hash of a userlist']}\n`,
    // Guessed first, so the doctor quotes the line.
    '  user olga insecure-password adminpwd\n',
    'frontend stats\n',
    `  bind ${context.address}:9000\n  stats enable\n  stats uri /stats\n  stats admin if TRUE\n`,
    `  stats auth ops:${PASSWORDS['the password of stats auth']}\n`,
  ].join('');
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const result = await runCli(args, { sandbox, control, env });
  shown.push({ where: `hafleet ${args.join(' ')} (${result.code})`, text: result.stdout + result.stderr });
  return result;
}

/** One request, with whatever is wrong in it. */
async function ask(
  path: string,
  init: RequestInit = {},
  token = adminToken(),
): Promise<{ status: number; text: string }> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(init.headers as Record<string, string> | undefined),
  };
  const answer = await fetch(new URL(path, control.url), { ...init, headers });
  const text = await answer.text();
  const head = JSON.stringify([...answer.headers]);
  shown.push({ where: `${init.method ?? 'GET'} ${path} (${answer.status})`, text: `${head}\n${text}` });
  return { status: answer.status, text };
}

const post = (path: string, body: string, token?: string) =>
  ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } }, token);

const adminToken = () => readFileSync(control.adminTokenFile, 'utf8').trim();
const inSandbox = (name: string) => join(sandbox.folder, name);
const agentFolder = () => fleet.node('lb1').agent?.folder ?? '';

function give(name: string, text: string): string {
  writeFileSync(inSandbox(name), text, { mode: 0o600 });
  return inSandbox(name);
}

/** Nothing was shown, and nothing lies about in files that are not there to hold it. */
function expectNothingShown(): void {
  expect(
    shown.flatMap(({ where, text }) => secretsIn(text, planted).map((name) => `${where}: ${name}`)),
  ).toEqual([]);
}

beforeAll(async () => {
  sandbox = await createSandbox();
  sandbox.env['PLANTED_IN_PROCESS'] = PASSWORDS['a variable of every process'];
  sandbox.env['HAFLEET_LOG'] = 'debug';
  // Addresses of this sandbox are nobody else's; /metrics wants loopback, and all of these are.
  metricsPorts = { server: 9901, agent: 9902 };
  const address = sandbox.address('control', 200);
  fleet = await startFleet({
    sandbox,
    nodes: [
      {
        name: 'lb1',
        version: testedVersions().at(-1) ?? 'system',
        instances: [{ name: 'http', config: configWithSecrets }],
        agent: { more: { metrics: { listen: `${address}:${metricsPorts.agent}` } } },
      },
    ],
    backends: { web: ['web1', 'web2'] },
    stateFile: true,
    control: { args: ['--metrics-listen', `${address}:${metricsPorts.server}`] },
  });
  if (!fleet.control) throw new Error('no control server');
  control = fleet.control;
  const key = JSON.parse(readFileSync(join(control.dataFolder, 'fleet.key'), 'utf8')) as {
    privateKey: string;
  };
  planted.set('the admin token', adminToken());
  planted.set('the join token', readFileSync(control.joinTokenFile, 'utf8').trim());
  planted.set("the fleet's private key", key.privateKey);
  planted.set("the node's credential", readFileSync(join(agentFolder(), 'data/credential'), 'utf8').trim());
}, 120_000);

afterAll(() => sandbox.close());

describe('secrets', () => {
  it('of a token are shown once, where it is made', async () => {
    const made = await runCli(['token', 'create', 'ci', '--role', 'viewer', '-o', 'json'], {
      sandbox,
      control,
    });
    const [item] = (JSON.parse(made.stdout) as { items: { secret: string }[] }).items;
    expect(item?.secret).toMatch(/^hafleet_api_/);
    planted.set('the token ci', item?.secret ?? '');
    expect(secretsIn(made.stderr, planted)).toEqual([]);
    await run(['token', 'create', 'file', '--role', 'operator', '--out', inSandbox('file.token')]);
    planted.set('the token in a file', readFileSync(inSandbox('file.token'), 'utf8').trim());
    expect(statSync(inSandbox('file.token')).mode & 0o777).toBe(0o600);
    await run(['token', 'create', 'ci', '--role', 'viewer', '--debug']);
    await run([
      'token',
      'create',
      'here',
      '--role',
      'viewer',
      '--local',
      '--data',
      control.dataFolder,
      '--debug',
    ]);
    expectNothingShown();
  });

  it('are in no answer of a command that reads', async () => {
    const socket = fleet.instance('lb1/http').haproxy.paths.statsSocket;
    await run(['server', 'disable', 'web/web1', '--yes', '--reason', 'disk', '--debug']);
    const commands = [
      'status', 'status web', 'doctor', `doctor --socket ${socket}`, `status --socket ${socket}`, 'node list', 'node show lb1',
      'backend list', 'backend show web', 'server list', 'server show web/web1', 'change list', 'change show CHG-1', 'event list',
      'token list', 'context show', 'context list', 'version', 'milkcheck status', 'help environment',
    ]; // prettier-ignore
    for (const command of commands) await run([...command.split(' '), '-o', 'json', '--debug']);
    for (const command of ['doctor', 'event list', 'node show lb1']) await run(command.split(' '));
    const doctor = shown.find(({ where }) => where.startsWith('hafleet doctor -o json'));
    expect(doctor?.text).toContain('user olga insecure-password ***');
    expect(doctor?.text).not.toContain('adminpwd');
    expectNothingShown();
  }, 120_000);

  it('are in no answer of a route that reads, nor in the metrics', async () => {
    const { text } = await ask('/v1/openapi.json');
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
    const names: Record<string, string> = {
      '/v1/nodes/{name}': 'lb1',
      '/v1/backends/{name}': 'web',
      '/v1/changes/{id}': 'CHG-1',
    };
    const readable = Object.keys(paths).filter((path) => 'get' in (paths[path] ?? {}));
    expect(readable.length).toBeGreaterThan(8);
    for (const path of readable) await ask(path.replace(/\{\w+\}/, names[path] ?? 'x'));
    const address = sandbox.address('control', 200);
    for (const port of [metricsPorts.server, metricsPorts.agent]) {
      const exposed = await (await fetch(`http://${address}:${port}/metrics`)).text();
      expect(exposed).toContain('# HELP hafleet_');
      shown.push({ where: `/metrics of ${port}`, text: exposed });
    }
    expectNothingShown();
  });

  it('are in no refusal of the API', async () => {
    const wrong = PASSWORDS['a token that is wrong'];
    const misplaced = PASSWORDS['a token where none belongs'];
    const ci = planted.get('the token ci') ?? '';
    const change = { kind: 'disable', targets: ['web/web2'], reason: 'try' };
    expect((await ask('/v1/status', {}, wrong)).status).toBe(401);
    expect((await post('/v1/changes', JSON.stringify(change), ci)).status).toBe(403);
    expect((await post('/v1/changes', adminToken())).status).toBe(400);
    expect((await post('/v1/changes', `{"kind": "${misplaced}`)).status).toBe(400);
    expect((await post('/v1/changes', JSON.stringify({ ...change, kind: misplaced }))).status).toBe(400);
    expect(
      (await post('/v1/changes', JSON.stringify({ ...change, password: misplaced, targets: 7 }))).status,
    ).toBe(400);
    expect(
      (await post('/v1/nodes/enrol', '{"name":"lb9","labels":{}}', PASSWORDS['a join token that is wrong']))
        .status,
    ).toBe(401);
    expect((await post('/v1/nodes/enrol', '{"name":"lb9","labels":{}}')).status).toBe(401);
    // As somebody may try who does not know how it is meant; it ends in no log.
    await ask(`/v1/status?token=${misplaced}`);
    await ask('/v1/status', { headers: { authorization: `Basic ${misplaced}` } });
    await ask('/v1/nothing', { headers: { cookie: `session=${misplaced}` } });
    expectNothingShown();
  });

  it('are in no error of a command', async () => {
    const wrong = PASSWORDS['a token that is wrong'];
    const both = give('both.token', `${wrong}\n${adminToken()}\n`);
    const misplaced = PASSWORDS['a token where none belongs'];
    const open = give('open.token', `${adminToken()}\n`);
    chmodSync(open, 0o644);
    expect(
      (await run(['status', '--debug'], { HAFLEET_TOKEN_FILE: '', HAFLEET_TOKEN: wrong })).code,
    ).not.toBe(0);
    await run(['status', '--debug', '--token-file', give('wrong.token', wrong)]);
    await run(['status', '--debug', '--token-file', both]);
    await run(['status', '--debug', '--token-file', open]);
    await run(['status', '--debug', '--token-file', join(control.dataFolder, 'fleet.key')]);
    await run(['status', '--debug', '--token-file', give('odd.token', `${wrong} ü€\u0001`)]);
    await run(['server', 'disable', 'web/*', '--yes', '--reason', 'all', '--debug']);
    await run(['server', 'disable', 'web/none', '--yes', '--reason', 'none', '--debug']);
    await run(['server', 'enable', 'web/web1', '--debug', '--token-file', inSandbox('file.token')]);
    await run(['token', 'revoke', 'none', '--debug']);
    await run(['status', '--debug', '--token-file', misplaced]);
    await run(['status', '--debug'], { HAFLEET_TOKEN_FILE: misplaced });
    await run(['context', 'add', 'lab', '--server', control.url, '--token-file', misplaced, '--debug']);
    for (const name of ['status', 'context show', 'context add other'])
      await run([...name.split(' '), '--debug', '--server', `http://ops:${misplaced}@${control.address}:9`]);
    await run(['context', 'list']);
    expectNothingShown();
  }, 60_000);

  it('are in nothing that the agent tells of a configuration that fails', async () => {
    const { haproxy } = fleet.instance('lb1/http');
    const before = readFileSync(haproxy.paths.configFile, 'utf8');
    const password = PASSWORDS['a password in a configuration that fails'];
    // HAProxy itself quotes these lines in what it says about them.
    const broken = [
      `  stats auth "ops:${password}`,
      `  stats-auth ops:${password}`,
      `  user eve insecure-passwort ${password}`,
    ];
    for (const line of broken) {
      haproxy.writeConfig(`${before}\nuserlist more\n${line}\n`);
      expect((await haproxy.reload('master')).ok).toBe(false);
      await run(['status', '-o', 'json', '--debug']);
      await run(['doctor', '--debug']);
    }
    haproxy.writeConfig(before);
    expect((await haproxy.reload('signal')).ok).toBe(true);
    await run(['event', 'list', '-o', 'json']);
    await ask('/v1/events?limit=500');
    expectNothingShown();
  }, 60_000);

  it('are in nothing that an agent says that is not let in', async () => {
    const agent = fleet.node('lb1').agent;
    const credential = join(agentFolder(), 'data/credential');
    const right = readFileSync(credential, 'utf8');
    await agent?.process.stop();
    writeFileSync(credential, PASSWORDS['a credential that is wrong'], { mode: 0o600 });
    await agent?.process.start();
    const log = () => readFileSync(join(agentFolder(), 'hafleet.log'), 'utf8');
    await waitUntil(() => /401|credential/.test(log().slice(-5_000)), { for: 'the refusal' });
    await agent?.process.stop();
    writeFileSync(credential, right, { mode: 0o600 });
    await agent?.process.start();
    const options = { sandbox, servers: [control.url], instances: [] };
    const tokenFile = give('wrong.join', PASSWORDS['a join token that is wrong']);
    const instances = [{ name: 'http', paths: fleet.instance('lb1/http').haproxy.paths }];
    const stranger = await startAgent({ ...options, name: 'lb7', instances, tokenFile });
    await waitUntil(() => readFileSync(join(stranger.folder, 'hafleet.log'), 'utf8').includes('join-token'), {
      for: 'the other refusal',
    });
    await stranger.process.stop();
    // Somebody writes the token itself into the local file, under a name of his own, or where its file's name belongs.
    const file = readFileSync(stranger.configFile, 'utf8').replace(/^tokenFile:.*\n/m, '');
    const misplaced = PASSWORDS['a token where none belongs'];
    const mistakes = {
      token: `${file}token: ${misplaced}\n`,
      tokenFile: `${file}tokenFile: ${misplaced}\n`,
      url: file.replace('http://', `http://ops:${misplaced}@`),
      yaml: `${file}tokenFile: [${misplaced}\n`,
    };
    for (const [name, text] of Object.entries(mistakes)) {
      const config = give(`mistaken-${name}.yaml`, text);
      await run(['agent', 'prepare', '--config', config, '--timeout', '1s', '--debug']);
    }
    await waitForAgents(control, fleet.nodes);
    expectNothingShown();
  }, 60_000);

  it('are in no preview of a backup', async () => {
    await run(['store', 'backup', '--data', control.dataFolder, '--out', inSandbox('backup.db'), '--debug']);
    await control.process.stop();
    await run([
      'store',
      'restore',
      inSandbox('backup.db'),
      '--data',
      control.dataFolder,
      '--dry-run',
      '--debug',
    ]);
    await run([
      'store',
      'restore',
      inSandbox('both.token'),
      '--data',
      control.dataFolder,
      '--dry-run',
      '--debug',
    ]);
    await run(['status', '--debug']);
    await control.process.start();
    expectNothingShown();
  });

  it('are in no file but those that are made to hold them', () => {
    const HOLDS =
      /\/(admin\.token|join\.token|fleet\.key|data\/credential|haproxy\.cfg|haproxy\.log|file\.token)$/;
    const GIVEN = /\/(both|open|wrong|odd)\.token$|\/wrong\.join$|\/mistaken-\w+\.yaml$/;
    const isMeantTo = (path: string) => HOLDS.test(path) || GIVEN.test(path);
    const logs = filesIn(sandbox.folder).filter((path) => path.endsWith('/hafleet.log'));
    expect(logs.length).toBe(3);
    expect(filesWithSecrets(sandbox.folder, planted, isMeantTo)).toEqual([]);
  });

  it('lie in files that nobody else may read', () => {
    const folders = [control.dataFolder, join(agentFolder(), 'data')];
    const files = [...folders.flatMap(filesIn), inSandbox('backup.db'), inSandbox('file.token')];
    const names = files.map((path) => basename(path));
    for (const name of [
      'store.db',
      'admin.token',
      'join.token',
      'fleet.key',
      'credential',
      'held.json',
      'backup.db',
    ])
      expect(names).toContain(name);
    const open = files.filter((path) => (statSync(path).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });
});
