import type { ServerModel } from './model.ts';
import { applyServerWords, settingOf, wordsOf } from './server-keywords.ts';
import type { ServerSettings } from './server-keywords.ts';
import { parseTimeMs } from './time.ts';

/** What the keywords of a server come to, whatever its name and address. */
export interface ServerProfile {
  readonly part: Pick<
    ServerModel,
    | 'backup'
    | 'disabled'
    | 'check'
    | 'agentCheck'
    | 'interMs'
    | 'rise'
    | 'fall'
    | 'keywords'
    | 'effective'
    | 'id'
    | 'weight'
    | 'fastInterMs'
    | 'downInterMs'
    | 'track'
    | 'cookie'
  >;
  /** Intervals HAProxy would refuse, as `keyword value`. */
  readonly badTimes: readonly string[];
}

/** Keeps the profiles it made: the servers of a fleet share few, and reading the keywords is most of the work. */
export type Profiles = (defaults: ServerSettings, keywords: readonly string[]) => ServerProfile;

export function createProfiles(): Profiles {
  const byDefaults = new Map<ServerSettings, Map<string, ServerProfile>>();
  return (defaults, keywords) => {
    const known = byDefaults.get(defaults) ?? new Map<string, ServerProfile>();
    if (known.size === 0) byDefaults.set(defaults, known);
    // No word holds a NUL: HAProxy's words end there.
    const key = keywords.join('\0');
    const profile = known.get(key) ?? createProfile(defaults, keywords);
    known.set(key, profile);
    return profile;
  };
}

function createProfile(defaults: ServerSettings, keywords: readonly string[]): ServerProfile {
  const settings = applyServerWords(defaults, keywords);
  const value = (keyword: string) => settingOf(settings, keyword);
  const has = (keyword: string) => value(keyword) !== undefined;
  const badTimes: string[] = [];
  const time = (keyword: string) => readInterval(keyword, value(keyword), badTimes);
  const part = {
    backup: has('backup'),
    disabled: has('disabled'),
    check: has('check'),
    agentCheck: has('agent-check'),
    interMs: time('inter') ?? 2000,
    rise: readCount(value('rise')) ?? 2,
    fall: readCount(value('fall')) ?? 3,
    keywords,
    effective: wordsOf(settings),
    ...present('id', readCount(value('id'))),
    ...present('weight', readCount(value('weight'))),
    ...present('fastInterMs', time('fastinter')),
    ...present('downInterMs', time('downinter')),
    ...present('track', value('track')),
    ...present('cookie', value('cookie')),
  };
  return { part, badTimes };
}

/** Absent rather than undefined, so that the model is the same after a trip through JSON. */
function present<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** HAProxy refuses a check interval of 0 and a time it cannot read. */
function readInterval(keyword: string, text: string | undefined, badTimes: string[]): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseTimeMs(text);
  if (ms !== undefined && ms > 0) return ms;
  if (!text.includes('$')) badTimes.push(`${keyword} ${text}`);
  return undefined;
}
