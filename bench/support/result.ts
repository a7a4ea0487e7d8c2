import { round } from './numbers.ts';

export interface Bar {
  readonly what: string;
  readonly value: number;
  /** The bar of design.md section 9. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface BenchResult {
  readonly bench: string;
  readonly ours: number;
  /** null where nothing else does it. */
  readonly baseline: number | null;
  readonly unit: string;
  /** What was counted besides. */
  readonly more: Readonly<Record<string, unknown>>;
  readonly bars: readonly Bar[];
}

/** The one JSON line a benchmark ends with. `missed` names the bars it did not reach. */
export function printResult({ bench, ours, baseline, unit, more, bars }: BenchResult): void {
  const numbers = Object.entries(more).map(([name, value]) => [
    name,
    typeof value === 'number' ? round(value) : value,
  ]);
  const line = {
    bench,
    ours: round(ours),
    baseline: baseline === null ? null : round(baseline),
    ratio: baseline === null ? null : round(ours / baseline),
    unit,
    ...Object.fromEntries(numbers),
    bars: Object.fromEntries(bars.map((bar) => [bar.what, printBar(bar)])),
    missed: bars.filter((bar) => !isMet(bar)).map(({ what }) => what),
  };
  console.log(JSON.stringify(line));
}

function printBar({ atMost, atLeast }: Bar): string {
  return atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`;
}

function isMet({ value, atMost = Infinity, atLeast = -Infinity }: Bar): boolean {
  return value <= atMost && value >= atLeast;
}

/** Progress, on standard error: standard output has the one line. */
export function note(text: string): void {
  console.error(`bench: ${text}`);
}
