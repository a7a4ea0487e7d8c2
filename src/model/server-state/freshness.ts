/** `stale` is never shown as fact; `unknown` not at all. */
export type Freshness = 'fresh' | 'stale' | 'unknown';

export const STALE_AFTER_MS = 15_000;
export const UNKNOWN_AFTER_MS = 60_000;

/** By the age of what was last read from HAProxy itself, not of the last message. Undefined: never read. */
export function freshnessOf(ageMs: number | undefined): Freshness {
  if (ageMs === undefined || ageMs > UNKNOWN_AFTER_MS) return 'unknown';
  return ageMs > STALE_AFTER_MS ? 'stale' : 'fresh';
}
