const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A HAProxy time in milliseconds, or undefined when it is none. Without a unit it counts in ms, as all the times in the
 * model do. Microseconds round up, and values from 2^31 ms on are refused, both as in HAProxy (manual 2.5).
 */
export function parseTimeMs(text: string): number | undefined {
  const match = /^(\d+)(us|ms|s|m|h|d)?$/.exec(text);
  if (!match) return undefined;
  const [, digits = '', unit = 'ms'] = match;
  const ms = Math.ceil(unit === 'us' ? Number(digits) / 1000 : Number(digits) * (UNIT_MS[unit] ?? 1));
  return ms < 2 ** 31 ? ms : undefined;
}
