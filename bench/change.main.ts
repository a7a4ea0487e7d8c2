import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ApiClient, Change } from '../src/api/index.ts';
import { type Fleet, startFleet } from '../dev/index.ts';
import { twentyNodes } from './support/fleet.ts';
import { quantile, timed } from './support/numbers.ts';
import { note, printResult } from './support/result.ts';
import { type ParallelSocat, startParallelSocat } from './support/socat.ts';
import { installTools } from './support/tools.ts';

// Disabling one server on 20 instances, from the API call to read-back on all of them, beside one socat per instance in
// parallel that sets and reads back, and beside Ansible that runs the same socat.

const ROUNDS = 12;
/**
 * Rounds before those that count. Twenty agents compile the same code at the same moment on the same two cores, which twenty
 * machines would not; what it costs is shown as `coldMs`, the median of the first three.
 */
const WARM_UP = 12;
const ANSIBLE_ROUNDS = 2;
const SERVER = 'be1/srv1';
const SET = `set server ${SERVER} state maint`;
const READ = 'show servers state be1';

/** `srv_admin_state`, the seventh column: bit 1 is maint by command. */
function isInMaint(answer: string): boolean {
  const row = answer.split('\n').find((line) => line.split(' ')[3] === 'srv1');
  return (Number(row?.split(' ')[6]) & 1) === 1;
}

function expectAll(what: string, answers: readonly string[], wanted: boolean): void {
  const wrong = answers.filter((answer) => isInMaint(answer) !== wanted).length;
  if (wrong > 0) throw new Error(`${what}: ${wrong} of ${answers.length} instances show something else`);
}

function isDoneEverywhere(change: Change | null, instances: number): boolean {
  return (
    change?.state === 'done' && change.results.filter(({ result }) => result === 'done').length === instances
  );
}

/** In again through the gate, and the intent gone: the next round starts from nothing. */
async function enable(api: ApiClient, socat: ParallelSocat): Promise<void> {
  const { change } = await api.createChange({ kind: 'enable', targets: [SERVER], waitMs: 20_000 });
  if (change && change.state !== 'done') throw new Error(`enable: ${change.state} ${change.step}`);
  expectAll('enable', (await socat.ask(READ)).answers, false);
}

async function oursOnce(api: ApiClient, socat: ParallelSocat, instances: number): Promise<number> {
  const { ms, value } = await timed(() =>
    api.createChange({ kind: 'disable', targets: [SERVER], reason: 'bench', waitMs: 20_000 }),
  );
  if (!isDoneEverywhere(value.change, instances))
    throw new Error(`disable: ${value.change?.state} after ${ms} ms`);
  expectAll('disable', (await socat.ask(READ)).answers, true);
  await enable(api, socat);
  return ms;
}

async function cliOnce(fleet: Fleet, api: ApiClient, socat: ParallelSocat): Promise<number> {
  const { ms, code, stderr } = await fleet.hafleet('server', 'disable', SERVER, '--yes', '--reason', 'bench');
  if (code !== 0) throw new Error(`hafleet server disable: exit ${code}\n${stderr}`);
  expectAll('hafleet server disable', (await socat.ask(READ)).answers, true);
  await enable(api, socat);
  return ms;
}

async function socatOnce(socat: ParallelSocat, command: string): Promise<number> {
  const { ms } = await socat.ask(command);
  expectAll('socat', (await socat.ask(READ)).answers, true);
  await socat.ask(`set server ${SERVER} state ready`);
  return ms;
}

function writeInventory(fleet: Fleet): string {
  const file = join(fleet.sandbox.folder, 'inventory');
  const hosts = fleet.instances.map(
    ({ node, haproxy }) =>
      `${node} ansible_connection=local ansible_python_interpreter=/usr/bin/python3 sock=${haproxy.paths.statsSocket}\n`,
  );
  writeFileSync(file, hosts.join(''));
  return file;
}

async function ansibleOnce(fleet: Fleet, socat: ParallelSocat, inventory: string): Promise<number> {
  const { ms } = await timed(() =>
    promisify(execFile)(
      'ansible',
      [
        'all',
        '-i',
        inventory,
        '-f',
        '20',
        '-m',
        'shell',
        '-a',
        `echo '${SET}; ${READ}' | socat - UNIX-CONNECT:{{ sock }}`,
      ],
      { env: { ...fleet.sandbox.env, HOME: fleet.sandbox.folder, ANSIBLE_HOST_KEY_CHECKING: 'False' } },
    ),
  );
  expectAll('ansible', (await socat.ask(READ)).answers, true);
  await socat.ask(`set server ${SERVER} state ready`);
  return ms;
}

/** Everything that the last step set in motion has come to rest: the next one starts as from the first. */
const rest = () => sleep(400);

async function run(fleet: Fleet): Promise<void> {
  const { control, instances } = fleet;
  if (!control) throw new Error('change: no control server');
  const api = control.api();
  const socat = startParallelSocat(
    fleet.sandbox,
    instances.map(({ haproxy }) => haproxy.paths.statsSocket),
  );
  const ms = { api: [], cold: [], cli: [], socat: [], setOnly: [], ansible: [] } as Record<string, number[]>;
  const steps: Record<string, (round: number) => Promise<number | undefined>> = {
    api: () => oursOnce(api, socat, instances.length),
    socat: () => socatOnce(socat, `${SET}; ${READ}`),
    setOnly: () => socatOnce(socat, SET),
    cli: async (round) => (round % 3 === 0 ? cliOnce(fleet, api, socat) : undefined),
  };
  for (let round = 0; round < WARM_UP; round++) {
    await rest();
    ms['cold']?.push(await oursOnce(api, socat, instances.length));
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, step] of Object.entries(steps)) {
      await rest();
      const took = await step(round);
      if (took !== undefined) ms[name]?.push(took);
    }
  }
  const inventory = writeInventory(fleet);
  for (let round = 0; round < ANSIBLE_ROUNDS; round++)
    ms['ansible']?.push(await ansibleOnce(fleet, socat, inventory));
  socat.close();
  report(ms);
}

function report(ms: Readonly<Record<string, readonly number[]>>): void {
  const of = (name: string, share = 0.5) => quantile(ms[name] ?? [], share);
  const ansibleRatio = of('ansible') / of('api');
  printResult({
    bench: 'change',
    ours: of('api'),
    baseline: of('socat'),
    unit: 'ms',
    more: {
      coldMs: quantile((ms['cold'] ?? []).slice(0, 3), 0.5),
      warmUp: WARM_UP,
      cliMs: of('cli'),
      socatSetOnlyMs: of('setOnly'),
      ansibleMs: of('ansible'),
      ansibleRatio,
      p90: of('api', 0.9),
      baselineP90: of('socat', 0.9),
      instances: 20,
      rounds: ROUNDS,
    },
    bars: [
      { what: 'ratio', value: of('api') / of('socat'), atMost: 1.5 },
      { what: 'ansibleRatio', value: ansibleRatio, atLeast: 30 },
    ],
  });
}

installTools('socat', 'ansible');
note('starting 20 HAProxy and 20 agents');
const fleet = await startFleet(twentyNodes({ backends: 4, serversPerBackend: 10, checkMs: 1_000 }));
try {
  await run(fleet);
} finally {
  await fleet.close();
}
