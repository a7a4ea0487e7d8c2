import { fail, ok, type Result } from '../../lib/index.ts';

/** The least number of usable servers of one backend on one instance: a number, or a share of its servers. */
export type Floor = { readonly count: number } | { readonly percent: number };

/** Half, rounded up, and never less than one: where nobody said anything, the last server stays. */
export const DEFAULT_FLOOR: Floor = { percent: 50 };

/** Reads `8` or `60%`, as in `minHealthy` and `--min-healthy`. The error is a sentence. */
export function parseFloor(text: string): Result<Floor, string> {
  const match = /^(\d{1,6})(%?)$/.exec(text.trim());
  if (!match) return fail('a floor is a number of servers or a percentage: 8 or 60%');
  const value = Number(match[1]);
  if (match[2] !== '%') return ok({ count: value });
  return value <= 100 ? ok({ percent: value }) : fail('a percentage is at most 100%');
}

/**
 * A share is rounded up and at least one server. A count is taken as it stands, also 0, which somebody wrote down on
 * purpose for a backend that may go dark, and also more than there are, which forbids every change.
 */
export function floorCount(floor: Floor, total: number): number {
  return 'count' in floor ? floor.count : Math.max(1, Math.ceil((total * floor.percent) / 100));
}
