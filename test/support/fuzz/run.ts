import { errorText } from '../../../src/lib/index.ts';
import { createRandom } from '../random.ts';
import { shrink } from './shrink.ts';
import type { Target } from './target.ts';

export interface FuzzFailure {
  readonly target: string;
  /** Shrunk where that is possible, as JSON. */
  readonly input: string;
  readonly problem: string;
}

export interface TargetResult {
  readonly inputs: number;
  readonly ms: number;
  /** Time of the slowest input. */
  readonly slowestMs: number;
}

export interface FuzzResult {
  readonly seed: number;
  readonly inputs: number;
  readonly ms: number;
  readonly targets: Readonly<Record<string, TargetResult>>;
  readonly failures: readonly FuzzFailure[];
}

export interface FuzzOptions {
  readonly targets: readonly Target[];
  /** Of all targets together, shared out by their shares. */
  readonly inputs: number;
  readonly seed: number;
  readonly onTarget?: (name: string, result: TargetResult) => void;
}

/** More of one target tell nothing new. */
const ENOUGH_FAILURES = 5;
/** No input may take longer: that is a hang, also on a busy machine. */
const HANG_MS = 10_000;

const underWay = new Set<unknown>();

/** As JSON, for whoever sees the process end in the middle: one of these did it. */
export function inputsUnderWay(): string[] {
  return [...underWay].map((input) => JSON.stringify(input).slice(0, 20_000));
}

/** Runs every target in turn, closes it, and tells what broke. The same seed makes the same inputs. */
export async function fuzz({ targets, inputs, seed, onTarget }: FuzzOptions): Promise<FuzzResult> {
  const start = performance.now();
  const failures: FuzzFailure[] = [];
  const results: Record<string, TargetResult> = {};
  const whole = targets.reduce((sum, { share }) => sum + share, 0);
  let sharesLeft = whole;
  let inputsLeft = inputs;
  for (const target of targets) {
    const count = Math.round((inputsLeft * target.share) / sharesLeft);
    [sharesLeft, inputsLeft] = [sharesLeft - target.share, inputsLeft - count];
    const result = await runTarget(target, count, seed, failures);
    results[target.name] = result;
    onTarget?.(target.name, result);
  }
  return { seed, inputs, ms: performance.now() - start, targets: results, failures };
}

async function runTarget(
  target: Target,
  count: number,
  seed: number,
  failures: FuzzFailure[],
): Promise<TargetResult> {
  const start = performance.now();
  // Each target has numbers of its own: one more input of another changes nothing here.
  const random = createRandom(
    Array.from(target.name).reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), seed),
  );
  let [slowestMs, made, found] = [0, 0, 0];
  const worker = async () => {
    while (made < count && found < ENOUGH_FAILURES) {
      made += 1;
      const input = target.make(random);
      const from = performance.now();
      const problem = await problemOf(target, input);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      if (problem === undefined) continue;
      found += 1;
      failures.push(await describe(target, input, problem));
    }
  };
  await Promise.all(Array.from({ length: target.width }, worker));
  await target.close().catch((thrown: unknown) => {
    failures.push({ target: target.name, input: '"afterwards"', problem: errorText(thrown) });
  });
  return { inputs: made, ms: performance.now() - start, slowestMs };
}

async function problemOf(target: Target, input: unknown): Promise<string | undefined> {
  const start = performance.now();
  underWay.add(input);
  try {
    const checked = target.check(input);
    if (checked) await inTime(checked);
  } catch (thrown) {
    return thrown instanceof Error && thrown.name !== 'Error'
      ? `${thrown.name}: ${thrown.message}`
      : errorText(thrown);
  } finally {
    underWay.delete(input);
  }
  const ms = performance.now() - start;
  return ms > HANG_MS ? `it took ${Math.round(ms)} ms` : undefined;
}

async function inTime(checked: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${HANG_MS} ms`)), HANG_MS);
  });
  await Promise.race([checked, late]).finally(() => clearTimeout(timer));
}

async function describe(target: Target, input: unknown, problem: string): Promise<FuzzFailure> {
  // The same complaint, as far as it does not repeat the input: a smaller input may be wrong in another way.
  const kind = problem.slice(0, 8);
  const fails = async (less: unknown) => (await problemOf(target, less))?.startsWith(kind) ?? false;
  const least = target.isExact ? input : await shrink(input, fails);
  const name = target.name;
  return { target: name, input: JSON.stringify(least).slice(0, 20_000), problem: problem.slice(0, 2_000) };
}
