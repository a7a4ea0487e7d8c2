import { linesOf, unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

/** `show info`: the process that answers. */
export interface Info {
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  /** Seconds since the epoch; 0 where the version does not tell. With `pid` it names the worker. */
  readonly startTime: number;
  /** `node` and `description` of the global section; undefined where the file has none. */
  readonly node: string | undefined;
  readonly description: string | undefined;
  /** True in a worker that a reload has replaced. */
  readonly stopping: boolean;
  readonly currConns: number;
  readonly maxconn: number;
  readonly idlePercent: number;
  readonly nbthread: number;
  readonly jobs: number;
  readonly listeners: number;
  /** Every line as HAProxy wrote it, by its name. */
  readonly raw: Readonly<Record<string, string>>;
}

export async function readInfo(ask: Ask, options?: RequestOptions): Promise<Info> {
  return parseInfo(await ask.kept(['show', 'info'], options));
}

/** Throws `unexpected-answer`. */
export function parseInfo(text: string): Info {
  const raw = readRaw(text);
  const whole = (key: string): number => {
    const value = raw[key];
    if (value === undefined || !/^\d+$/.test(value)) throw unexpectedAnswer('show info', text);
    return Number(value);
  };
  return {
    name: raw['Name'] ?? '',
    version: raw['Version'] ?? '',
    pid: whole('Pid'),
    uptimeSeconds: whole('Uptime_sec'),
    startTime: Number(raw['Start_time_sec'] ?? 0),
    // 2.6 prints `node` with the host name and an empty `description` where the file has none.
    node: raw['node'] || undefined,
    description: raw['description'] || undefined,
    stopping: whole('Stopping') !== 0,
    currConns: whole('CurrConns'),
    maxconn: whole('Maxconn'),
    idlePercent: whole('Idle_pct'),
    nbthread: whole('Nbthread'),
    jobs: whole('Jobs'),
    listeners: whole('Listeners'),
    raw,
  };
}

function readRaw(text: string): Record<string, string> {
  const raw: Record<string, string> = {};
  let last = '';
  for (const line of linesOf(text)) {
    const match = /^([A-Za-z][\w -]*): ?(.*)$/.exec(line);
    if (match) {
      last = match[1] ?? '';
      raw[last] = match[2] ?? '';
      // A description may hold a newline of its own.
    } else raw[last] += `\n${line}`;
  }
  if (raw['Name'] === undefined) throw unexpectedAnswer('show info', text);
  return raw;
}
