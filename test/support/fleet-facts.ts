import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import {
  type CliResult,
  type Fleet,
  type FleetInstance,
  type FleetOptions,
  type HaproxyVersion,
  startFleet,
  testedVersions,
  waitUntil,
} from '../../dev/index.ts';

/** The oldest and the newest of the tested versions: where these two agree, those between do. */
export function oldestAndNewest(): readonly HaproxyVersion[] {
  const versions = testedVersions();
  return versions.length <= 2 ? versions : versions.filter((_, i) => i === 0 || i === versions.length - 1);
}

/** Starts fleets that end with their test, and looks through every log of theirs for a stack trace. */
export function fleetsOfThisFile(): (options: FleetOptions) => Promise<Fleet> {
  const open: Fleet[] = [];
  afterEach(async () => {
    const fleets = open.splice(0);
    const traces = fleets.flatMap((fleet) => stackTraces(fleet));
    await Promise.all(fleets.map((fleet) => fleet.close()));
    expect(traces).toEqual([]);
  });
  return async (options) => {
    const fleet = await startFleet(options);
    open.push(fleet);
    return fleet;
  };
}

/** A line of a stack, as text or inside a string of a JSON log line. */
const STACK_LINE = /(^|\\n)\s+at (async )?\S.*:\d+:\d+\)?/m;

export function hasStackTrace(text: string): boolean {
  return STACK_LINE.test(text);
}

/** Every log of our own programs that holds a stack trace, with its first one. */
function stackTraces({ sandbox, nodes }: Fleet): string[] {
  const folders = [
    ...nodes.flatMap(({ agent }) => agent?.folder ?? []),
    ...readdirSync(sandbox.folder).map((name) => join(sandbox.folder, name)),
  ];
  return folders
    .map((folder) => join(folder, 'hafleet.log'))
    .filter((file) => existsSync(file))
    .flatMap((file) => STACK_LINE.exec(readFileSync(file, 'utf8'))?.[0] ?? []);
}

export type AdminState = 'ready' | 'drain' | 'maint';

export interface ServerFacts {
  readonly operationalState: number;
  readonly adminFlags: number;
  /** What the flags mean where haproxy.cfg disables nothing. */
  readonly admin: AdminState;
  readonly weight: number;
  readonly address: string;
  readonly port: number;
}

const FORCED_MAINT = 1;
const FORCED_DRAIN = 8;

/** One server, `backend/server`, as HAProxy itself shows it now; undefined where it has none. */
export async function factsOf({ haproxy }: FleetInstance, ref: string): Promise<ServerFacts | undefined> {
  const [backend = '', server = ''] = ref.split('/');
  const text = await haproxy.ask(`show servers state ${backend}`);
  const row = text
    .split('\n')
    .map((line) => line.split(' '))
    .find((columns) => columns[1] === backend && columns[3] === server);
  if (!row) return undefined;
  const number = (at: number) => Number(row[at]);
  const adminFlags = number(6);
  const admin = adminFlags & FORCED_MAINT ? 'maint' : adminFlags & FORCED_DRAIN ? 'drain' : 'ready';
  return {
    operationalState: number(5),
    adminFlags,
    admin,
    weight: number(7),
    address: row[4] ?? '',
    port: number(18),
  };
}

export async function adminOf(instance: FleetInstance, ref: string): Promise<AdminState | undefined> {
  return (await factsOf(instance, ref))?.admin;
}

/** UP as HAProxy has it: in use, and not held down by a check. */
export async function isUp(instance: FleetInstance, ref: string): Promise<boolean> {
  const facts = await factsOf(instance, ref);
  return facts?.admin === 'ready' && facts.operationalState === 2;
}

export async function untilAdmin(
  instance: FleetInstance,
  ref: string,
  state: AdminState,
  timeoutMs = 10_000,
): Promise<void> {
  await waitUntil(async () => (await adminOf(instance, ref)) === state, {
    for: `${ref} in ${state} on ${instance.name}`,
    timeoutMs,
  });
}

export async function untilRed(instance: FleetInstance, ref: string): Promise<void> {
  await waitUntil(async () => (await factsOf(instance, ref))?.operationalState === 0, {
    for: `${ref} down on ${instance.name}`,
  });
}

/** The lines of the server-state-file, by `backend/server`. */
export function stateFileLines({ haproxy }: FleetInstance): ReadonlyMap<string, readonly string[]> {
  if (!existsSync(haproxy.paths.stateFile)) return new Map();
  const lines = readFileSync(haproxy.paths.stateFile, 'utf8').split('\n').slice(2);
  const rows = lines.map((line) => line.split(' ')).filter(([, backend]) => backend);
  return new Map(rows.map((row) => [`${row[1]}/${row[3]}`, row]));
}

/** Fails with all that the command said when the code is another. */
export function expectExit(result: CliResult, code: number): void {
  expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(code);
  expect(hasStackTrace(`${result.stdout}\n${result.stderr}`)).toBe(false);
}

/** An error of ours has a sentence, says what next, and never where in the code it was thrown. */
export function expectError(result: CliResult, code: number, text: RegExp): void {
  expectExit(result, code);
  expect(result.stderr).toMatch(text);
  expect(result.stderr).toMatch(/next|insist/i);
}

export interface Lateness {
  readonly ms: number;
  /** The longest pause between two looks: what the measuring itself may have added. */
  readonly measureMs: number;
}

/** From now until it is so, with how exactly that could be told on a machine that is busy. */
export async function howLate(isSo: () => Promise<boolean>, what: string): Promise<Lateness> {
  const start = performance.now();
  let lastLook = start;
  let measureMs = 0;
  await waitUntil(
    async () => {
      const so = await isSo().catch(() => false);
      const now = performance.now();
      measureMs = Math.max(measureMs, now - lastLook);
      lastLook = now;
      return so;
    },
    { for: what, everyMs: 5 },
  );
  return { ms: performance.now() - start, measureMs };
}
