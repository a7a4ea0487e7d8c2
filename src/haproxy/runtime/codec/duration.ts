const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** Seconds in HAProxy's way to print a time: `2s`, `1m59s`, `0d00h00m10s`. Undefined for `<NEVER>`, `<PAST>`, ``. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[dhms])+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms])/g))
    sum += Number(count) * (SECONDS[unit ?? ''] ?? 0);
  return sum;
}
