const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** `90s`, `10m`, `2h`, `1d`, `1h30m` in milliseconds; undefined when it is none of these. Units fall: `30m1h` is refused. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/.exec(text.trim());
  if (!match || text.trim() === '') return undefined;
  const [, days, hours, minutes, seconds] = match;
  return part(days, 'd') + part(hours, 'h') + part(minutes, 'm') + part(seconds, 's');
}

function part(digits: string | undefined, unit: string): number {
  return Number(digits ?? 0) * (UNIT_MS[unit] ?? 0);
}

/** Two units at most, the larger first: `23s`, `1m48s`, `12m`, `3h12m`, `2d4h`. Below a second `0s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${seconds}s`;
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (hours === 0) return `${minutes}m`;
  if (days === 0) return two(hours, 'h', minutes % 60, 'm');
  return two(days, 'd', hours % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
