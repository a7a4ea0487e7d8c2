import { fail, ok, type Result } from '../../lib/index.ts';
import { MAX_RANGE_DIGITS, type NumberRange } from './types.ts';

/** One item between brackets: `7`, `1-4`, `01-12` or `1-9/2`. The error is a sentence without the column. */
export function parseRange(item: string): Result<NumberRange, string> {
  const match = /^(\d+)(?:\s*-\s*(\d+)(?:\s*\/\s*(\d+))?)?$/.exec(item.trim());
  if (!match) return fail(item.trim() === '' ? 'a range is empty' : `"${item}" is not a range`);
  const [, first = '', last = first, step = '1'] = match;
  if (Math.max(first.length, last.length, step.length) > MAX_RANGE_DIGITS)
    return fail(`"${item}" has more than ${MAX_RANGE_DIGITS} digits`);
  if (Number(first) > Number(last)) return fail(`"${item}" runs backwards`);
  if (Number(step) === 0) return fail(`"${item}" has a step of 0`);
  const padded = isPadded(first) || isPadded(last);
  if (padded && first.length !== last.length) return fail(`"${item}" pads its ends differently`);
  return ok({
    first: Number(first),
    last: Number(last),
    step: Number(step),
    width: padded ? first.length : 0,
  });
}

export function rangeSize({ first, last, step }: NumberRange): number {
  return Math.floor((last - first) / step) + 1;
}

export function* rangeNumbers({ first, last, step, width }: NumberRange): Generator<string> {
  for (let value = first; value <= last; value += step) yield String(value).padStart(width, '0');
}

/** `0` alone is a number like any other; `00` and `07` are padded. */
export function isPadded(digits: string): boolean {
  return digits.length > 1 && digits.startsWith('0');
}
