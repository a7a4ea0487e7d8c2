import { fail, ok, type Result } from '../../lib/index.ts';
import type { WeightIntent } from './types.ts';

/** HAProxy's own limit: `Absolute weight can only be between 0 and 256 inclusive`. */
export const MAX_WEIGHT = 256;

/** `0`…`256`, or `0%`…`25600%` of the weight in the file. The error is a sentence. */
export function parseWeight(text: string): Result<WeightIntent['want']['weight'], string> {
  const match = /^(\d{1,5})(%?)$/.exec(text.trim());
  if (!match) return fail('a weight is a number from 0 to 256, or a percentage of the weight in the file');
  const value = Number(match[1]);
  if (match[2] === '%') return ok(`${value}%` as const);
  return value <= MAX_WEIGHT ? ok(value) : fail(`a weight is at most ${MAX_WEIGHT}`);
}

/** The weight that HAProxy shows for it: percentages are of the file's weight, rounded down, and end at 256. */
export function weightInForce(want: WeightIntent['want']['weight'], initialWeight: number): number {
  if (typeof want === 'number') return want;
  return Math.min(MAX_WEIGHT, Math.floor((initialWeight * Number(want.slice(0, -1))) / 100));
}
