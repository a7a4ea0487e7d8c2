import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../../src/api/index.ts';
import { runCli } from '../../../src/cli/run.ts';
import { createTestWorld, type SeenRequest } from '../../../src/cli/support/test-world.ts';
import { createRandom, type Random } from '../random.ts';
import { lazily, startFuzzedServer } from './running-server.ts';
import { broken, target } from './target.ts';
import { NUMBERS } from './special.ts';
import { near, once, several } from './words.ts';

const VERBS = [
  'status',
  'status',
  'doctor',
  'backend list',
  'backend show',
  'backend set',
  'server list',
  'server show',
  'server drain',
  'server disable',
  'server enable',
  'server weight',
  'server kill-sessions',
  'node list',
  'node show',
  'node adopt',
  'node remove',
  'change list',
  'change show',
  'change retry',
  'change undo',
  'event list',
  'token list',
  'token create',
  'token revoke',
  'store backup',
  'store restore',
  'store recover',
  'context list',
  'context use',
  'context show',
  'context add',
  'context remove',
  'milkcheck',
  'version',
  'help',
  'up',
  'serve',
  'agent',
  'agent prepare',
  'server',
  '',
  'sever',
  '__proto__',
  'constructor',
];
/** They would start programs: they are asked for what does not exist, and get no further than that. */
const PROGRAMS = new Set(['up', 'serve', 'agent', 'agent prepare']);
const ARGUMENTS = [
  'web/web1',
  'web/web[1-2]',
  'guard',
  'CHG-1',
  'web',
  'admin',
  'prod',
  'drain',
  'status',
  ...NUMBERS,
];
const FLAGS = [
  '-n',
  '-y',
  '--yes',
  '--dry-run',
  '--no-wait',
  '--json',
  '--no-color',
  '--debug',
  '-w',
  '--active',
  '--kill',
  '--once',
  '--default',
  '--protected',
  '--use',
  '--client',
  '--expand',
  '-v',
  '-D',
  '--',
  '--help',
  '--local',
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '-o': ['table', 'wide', 'plain', 'json', 'yaml', 'name', 'nagios', 'milkcheck'],
  '--output': ['table', 'json'],
  '--color': ['auto', 'never'],
  '--timeout': ['90s', '1h30m'],
  '--on': ['lb[1-4]', '@edge', 'guard', '*!lb3'],
  '--exclude': ['lb2'],
  '--instance': ['http'],
  '--reason': ['disk failing'],
  '--ticket': ['INC-7'],
  '--override': ['capacity', 'lock'],
  '--for': ['10m'],
  '--until': ['16:04', '2026-12-01T16:04Z'],
  '--columns': ['server,state'],
  '--sort': ['server', '-state'],
  '--min-healthy': ['60%', '8'],
  '--severity': ['warning'],
  '--since': ['1h'],
  '--limit': ['10'],
  '--role': ['viewer'],
  '--backends': ['web-*,api'],
  '--server': ['http://127.0.0.1:8700'],
  '--context': ['prod'],
  '--then': ['disable'],
  '--wait': ['10s'],
  '--report': ['full'],
  '-x': ['lb1'],
};
const PATHS = [
  '--token-file',
  '--socket',
  '--agent-socket',
  '--config',
  '--data',
  '--out',
  '--ca-file',
  '--key',
  '--tls-cert',
];
const FILES = ['nothing', 'a b', 'x;y', '\u001b[31mred', 'é'];

interface Typed {
  readonly argv: readonly string[];
  /** What the server's answers are made of; 0 is no server. */
  readonly answers: number;
  readonly isTty: boolean;
}

let folder: string | undefined;
const temporary = () => (folder ??= mkdtempSync(join(tmpdir(), 'hafleet-fuzz-cli-')));

function makeTyped(random: Random): Typed {
  const verb = random.pick(VERBS);
  const options = several(random, 0, 4, () => anOption(random));
  const words = several(random, 0, 2, () => near(random, ARGUMENTS));
  const rest = once(random, 2) ? [...words, ...options.flat()] : [...options.flat(), ...words];
  const guard = PROGRAMS.has(verb) ? ['--no-such-option'] : [];
  return {
    argv: stayInside([...verb.split(' ').filter(Boolean), ...guard, ...rest]),
    answers: random.whole(10) === 0 ? 0 : 1 + random.whole(1_000_000),
    isTty: once(random, 4),
  };
}

function anOption(random: Random): string[] {
  const how = random.whole(8);
  if (how === 0) return [near(random, ['--reason', '--on', '-o', ...FLAGS])];
  if (how < 4) return [random.pick(FLAGS)];
  if (how === 4) return [random.pick(PATHS), ''];
  const name = random.pick(Object.keys(VALUES));
  const value = near(random, VALUES[name] ?? ['']);
  return once(random, 4) ? [`${name}=${value}`] : [name, value];
}

/** Whatever became of the words, no file outside a folder of this test is named by an option. */
function stayInside(argv: readonly string[]): string[] {
  return argv.map((word, at) => {
    const before = argv[at - 1] ?? '';
    if (PATHS.some((option) => before === option))
      return `${FOLDER}/${FILES[word.length % FILES.length] ?? ''}`;
    const option = PATHS.find((one) => word.startsWith(`${one}=`));
    return option === undefined ? word : `${option}=${FOLDER}/x`;
  });
}

/** Stands for the folder in inputs, which are the same in every run. */
const FOLDER = '{folder}';

/** True answers of a server, by path, which then say other things. */
async function recordAnswers(): Promise<ReadonlyMap<string, unknown>> {
  const running = await startFuzzedServer();
  const answers = new Map<string, unknown>();
  const ask = async (path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${running.adminToken}`, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    answers.set(path, await (await fetch(running.server.url + path, init)).json());
  };
  const changes = '/v1/changes';
  await ask(changes, {
    kind: 'disable',
    targets: ['web/web1'],
    reason: 'disk',
    ticket: 'INC-7',
    waitMs: 5_000,
  });
  answers.set(`POST ${changes}`, answers.get(changes));
  for (const path of ['status', 'doctor', 'nodes', 'nodes/guard', 'backends/web', 'changes', 'changes/CHG-1'])
    await ask(`/v1/${path}`);
  for (const path of ['events', 'alarms', 'tokens', 'info']) await ask(`/v1/${path}`);
  await running.close();
  return answers;
}

const recorded = lazily(async () => ({ answers: await recordAnswers(), close: () => Promise.resolve() }));

function answerOf(
  answers: ReadonlyMap<string, unknown>,
  { method, path }: SeenRequest,
  random: Random,
): unknown {
  if (once(random, 10)) return refusal(random);
  const plain = (path.split('?')[0] ?? '').replace(/CHG-\d+\/.*/, '');
  const keys = [...answers.keys()].filter((key) => plain.startsWith(key));
  const key = method === 'POST' ? 'POST /v1/changes' : keys.sort((a, b) => b.length - a.length)[0];
  return taint(random, structuredClone(answers.get(key ?? '/v1/info')));
}

function refusal(random: Random): unknown {
  const error = {
    code: 'guard-refused',
    message: near(random, ['no']),
    hint: near(random, ['try']),
    retryable: false,
  };
  return {
    status: random.pick([400, 401, 409, 500, 503, 302]),
    error: { ...error, requestId: near(random, ['id']) },
  };
}

/** Other words in the places where a server may put words: what a node, a person or HAProxy called something. */
function taint(random: Random, value: unknown): unknown {
  if (typeof value === 'string') return once(random, 6) ? near(random, [value]) : value;
  if (Array.isArray(value)) return value.map((one) => taint(random, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, taint(random, one)]));
}

/** What was asked for ends by itself after this many requests or sleeps; then somebody presses Ctrl-C. */
const PATIENCE = 20;
const EXITS = new Set<number>([...Object.values(EXIT), 2, 3, 6, 9]);
const OURS = /\x1b\[[0-9;?]*[A-Za-z]|\r/g;
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Cs}]/u;

function checkText(text: string, isTty: boolean): void {
  const odd = OBEYED.exec(isTty ? text.replace(OURS, '') : text);
  if (odd) broken(`it prints ${JSON.stringify(text.slice(Math.max(0, odd.index - 80), odd.index + 80))}`);
  if (/^\s+at .*[/:]\d+/m.test(text)) broken(`it prints a stack trace: ${text.slice(0, 500)}`);
}

/** Whatever is typed and whatever the server answers: a known exit code, and nothing that a terminal obeys. */
export const commandLines = target<Typed>({
  name: 'command-lines',
  share: 20,
  isExact: true,
  make: makeTyped,
  async check({ argv, answers, isTty }) {
    const { answers: true_ } = await recorded.get();
    const random = createRandom(answers);
    let patience = PATIENCE;
    const test = createTestWorld({
      env: { HOME: temporary() },
      ...(isTty && { typed: 'y\n' }),
      script: (request) => {
        if (patience-- <= 0) test.signal();
        return answers === 0 ? undefined : answerOf(true_, request, random);
      },
    });
    const world: typeof test.world = {
      ...test.world,
      sleep: (ms, signal) => {
        if (patience-- <= 0) test.signal();
        return test.world.sleep(ms, signal);
      },
    };
    const exit = await runCli(
      argv.map((word) => word.replaceAll(FOLDER, temporary())),
      world,
    );
    if (!EXITS.has(exit)) broken(`exit code ${exit}: ${test.err().slice(0, 500)}`);
    checkText(test.out(), isTty);
    checkText(test.err(), isTty);
    if (exit !== 0 && exit !== 1 && test.err() === '' && test.out() === '')
      broken(`exit code ${exit} without a word`);
  },
  async close() {
    await recorded.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  },
});
