import { parseDuration } from './duration.ts';

/** Where and when "now" is, for reading and printing times. */
export interface Moment {
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  /** IANA name of the zone in which people here read times. */
  readonly zone: string;
}

/**
 * A time people type: `16:04` (the next one), `2026-12-01`, `2026-12-01T16:04`, the same with `Z` or `+01:00`, or a
 * duration from now. Without a zone it is local time. Unix milliseconds, or undefined when it cannot be read.
 */
export function parseTime(text: string, { nowMs, zone }: Moment): number | undefined {
  const duration = parseDuration(text);
  if (duration !== undefined) return nowMs + duration;
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (clock) return nextClockTime(Number(clock[1]), Number(clock[2]), { nowMs, zone });
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?$/.exec(
    text.trim(),
  );
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', offset] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const asUtc = Date.parse(`${iso}${offset ?? 'Z'}`);
  if (Number.isNaN(asUtc)) return undefined;
  return offset ? asUtc : fromLocal(asUtc, zone);
}

/** `16:04 UTC`, or `2026-12-01 16:04 UTC` when it is another day. The zone is always said. */
export function formatTime(ms: number, { nowMs, zone }: Moment): string {
  const at = localParts(ms, zone);
  const now = localParts(nowMs, zone);
  const date = at.date === now.date ? '' : `${at.date} `;
  return `${date}${at.time} ${at.zone}`;
}

/** `2026-12-01T16:04:00Z`, for machines. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function nextClockTime(hour: number, minute: number, { nowMs, zone }: Moment): number | undefined {
  if (hour > 23 || minute > 59) return undefined;
  const day = 86_400_000;
  const local = nowMs + zoneOffset(nowMs, zone);
  const midnight = local - (((local % day) + day) % day);
  const wanted = midnight + (hour * 60 + minute) * 60_000;
  const today = fromLocal(wanted, zone);
  return today > nowMs ? today : fromLocal(wanted + day, zone);
}

/** `local` is a local time written as if it were UTC. The second look settles the hour around a change of summer time. */
function fromLocal(local: number, zone: string): number {
  const guess = local - zoneOffset(local, zone);
  return local - zoneOffset(guess, zone);
}

function zoneOffset(ms: number, zone: string): number {
  const { date, time, second } = localParts(ms, zone);
  return Date.parse(`${date}T${time}:${second}Z`) - Math.floor(ms / 1_000) * 1_000;
}

function localParts(ms: number, zone: string) {
  const parts = new Map(
    formatter(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return {
    date: `${get('year')}-${get('month')}-${get('day')}`,
    time: `${get('hour')}:${get('minute')}`,
    second: get('second'),
    zone: get('timeZoneName'),
  };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Kept: making one costs a millisecond, and a table prints hundreds of times. */
function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });
  formatters.set(zone, made);
  return made;
}
