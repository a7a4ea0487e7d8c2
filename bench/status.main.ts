import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StatusAnswer } from '../src/api/index.ts';
import { type ControlServer, type Fleet, startFleet, waitUntil } from '../dev/index.ts';
import { twentyNodes } from './support/fleet.ts';
import { quantile, timed } from './support/numbers.ts';
import { note, printResult } from './support/result.ts';
import { type ParallelSocat, startParallelSocat } from './support/socat.ts';
import { installTools } from './support/tools.ts';

// The status of 20 instances × 1,000 servers: the API's answer with every cell and its age, beside one socat per instance in
// parallel that reads `show servers state`.

const ROUNDS = 15;
const INSTANCES = 20;
const SERVERS = 1_000;
const MAX_AGE_MS = 2_000;

/** One request on a kept connection; the text has arrived whole. */
function askStatus({ url, adminTokenFile }: ControlServer): () => Promise<string> {
  const headers = { authorization: `Bearer ${readFileSync(adminTokenFile, 'utf8').trim()}` };
  return async () => {
    const answer = await fetch(`${url}/v1/status`, { headers });
    if (answer.status !== 200) throw new Error(`status: HTTP ${answer.status}`);
    return answer.text();
  };
}

/** Every cell is there, and none is older than it may be. Returns the age of the oldest. */
function checkAnswer(text: string): number {
  const { instances, cells } = JSON.parse(text) as StatusAnswer;
  const known = cells.flat().filter((cell) => cell !== null).length;
  if (instances.length !== INSTANCES || known !== INSTANCES * SERVERS)
    throw new Error(`status: ${instances.length} instances with ${known} cells`);
  const oldest = Math.max(...instances.map(({ ageMs }) => ageMs ?? Infinity));
  if (oldest > MAX_AGE_MS) throw new Error(`status: data is ${oldest} ms old`);
  return oldest;
}

function checkSocat(answers: readonly string[]): void {
  const rows = answers.map((answer) => answer.split('\n').filter((line) => /^\d+ be/.test(line)).length);
  if (rows.some((count) => count !== SERVERS)) throw new Error(`socat: ${rows.join(' ')} rows`);
}

/** Another weight on every instance, seen by the server: no column of the last answer can be used again. */
async function changeAll(fleet: Fleet, socat: ParallelSocat, weight: number): Promise<void> {
  await socat.ask(`set weight be1/srv1 ${weight}`);
  await waitUntil(
    async () => {
      const answer = await fleet.control?.api().status({ backend: 'be1' });
      const at = answer?.servers.findIndex(({ server }) => server === 'srv1') ?? 0;
      return answer?.cells.every((column) => column[at]?.[2] === weight);
    },
    { for: 'the new weight on every instance', everyMs: 100 },
  );
  await sleep(200);
}

async function run(fleet: Fleet): Promise<void> {
  if (!fleet.control) throw new Error('status: no control server');
  const ask = askStatus(fleet.control);
  const sockets = fleet.instances.map(({ haproxy }) => haproxy.paths.statsSocket);
  const socat = startParallelSocat(fleet.sandbox, sockets);
  const ms = { changed: [], quiet: [], socat: [], cli: [], node: [] } as Record<string, number[]>;
  const ages: number[] = [];
  let bytes = 0;
  // The first round warms every process up and is not counted.
  for (let round = -1; round < ROUNDS; round++) {
    const took: Record<string, number> = {};
    await changeAll(fleet, socat, 50 + (round % 2));
    for (const name of ['changed', 'quiet'] as const) {
      const answer = await timed(ask);
      took[name] = answer.ms;
      bytes = answer.value.length;
      ages.push(checkAnswer(answer.value));
      await sleep(200);
    }
    const raw = await socat.ask('show servers state');
    checkSocat(raw.answers);
    took['socat'] = raw.ms;
    await sleep(200);
    if (round % 2 === 0) {
      took['cli'] = await cliOnce(fleet);
      took['node'] = (await timed(() => promisify(execFile)(process.execPath, ['-e', '0']))).ms;
    }
    if (round >= 0) for (const [name, value] of Object.entries(took)) ms[name]?.push(value);
  }
  socat.close();
  report(ms, { oldestMs: Math.max(...ages), answerBytes: bytes });
}

/** A changed weight is a warning: exit 1. */
async function cliOnce(fleet: Fleet): Promise<number> {
  const { ms, code, stdout, stderr } = await fleet.hafleet('status');
  if ((code !== 0 && code !== 1) || stdout === '') throw new Error(`hafleet status: exit ${code}\n${stderr}`);
  return ms;
}

function report(
  ms: Readonly<Record<string, readonly number[]>>,
  more: Readonly<Record<string, number>>,
): void {
  const of = (name: string, share = 0.5) => quantile(ms[name] ?? [], share);
  const cliOverApiMs = of('cli') - of('quiet');
  printResult({
    bench: 'status',
    ours: of('changed'),
    baseline: of('socat'),
    unit: 'ms',
    more: {
      quietMs: of('quiet'),
      cliMs: of('cli'),
      cliOverApiMs,
      // What of it is Node's own start.
      nodeMs: of('node'),
      p90: of('changed', 0.9),
      baselineP90: of('socat', 0.9),
      instances: INSTANCES,
      servers: SERVERS,
      rounds: ROUNDS,
      ...more,
    },
    bars: [
      { what: 'ratio', value: of('changed') / of('socat'), atMost: 1.5 },
      { what: 'cliOverApiMs', value: cliOverApiMs, atMost: 150 },
      { what: 'oldestMs', value: more['oldestMs'] ?? Infinity, atMost: MAX_AGE_MS },
    ],
  });
}

installTools('socat');
note('starting 20 HAProxy with 1,000 servers each, and 20 agents');
// A check a minute for each of 20,000 servers: two cores are here to be measured, not to check.
const fleet = await startFleet(twentyNodes({ backends: 10, serversPerBackend: 100, checkMs: 60_000 }));
try {
  await run(fleet);
} finally {
  await fleet.close();
}
