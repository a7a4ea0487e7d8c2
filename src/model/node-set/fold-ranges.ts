import { compareText } from '../../lib/index.ts';
import { isPadded } from './range.ts';

/** `1 2 3 7` gives `1-3,7`. Digits keep their padding: `9 09 10` gives `9,09-10`. Input is sorted and distinct. */
export function foldDigits(sortedDigits: readonly string[]): string {
  const runs: { first: string; last: string }[] = [];
  for (const digits of sortedDigits) {
    const run = runs.at(-1);
    if (run && continues(run, digits)) run.last = digits;
    else runs.push({ first: digits, last: digits });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(',');
}

/** A padded run keeps its width (`09-99` cannot reach 100); another one may grow by a digit (`9-10`). */
function continues({ first, last }: { first: string; last: string }, next: string): boolean {
  if (Number(next) !== Number(last) + 1) return false;
  return last.length === next.length || !(isPadded(first) || isPadded(next));
}

/** Shorter first, then by value: `1 2 01 02 001`, the order in which ClusterShell prints a mixed padding. */
export function compareDigits(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}
