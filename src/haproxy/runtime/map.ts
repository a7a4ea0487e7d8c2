import { linesOf, unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

/** A line of `show map`. */
export interface MapInfo {
  readonly id: number;
  /** The run-time name: the path as the file names it. Empty for a map without a file. */
  readonly file: string;
  readonly description: string;
  /** The version that is looked up, the next one to be prepared, entries of all versions. Null before 2.4. */
  readonly currentVersion: number | null;
  readonly nextVersion: number | null;
  readonly entryCount: number | null;
}

/** An entry as `show map FILE` prints it. */
export interface MapEntry {
  /** The pointer, which `del map FILE #0x…` takes. */
  readonly id: string;
  /**
   * Up to the first space: HAProxy does not quote keys, so a key that holds a space shows its rest in the value. Keys
   * with spaces can come from a payload or a file only; managed maps never have them.
   */
  readonly key: string;
  /** The rest of the line, spaces included; empty where there is none. */
  readonly value: string;
}

/** By run-time name or by id. */
export type MapName = string | { readonly id: number };

/** `show map`. */
export async function readMaps(ask: Ask, options?: RequestOptions): Promise<MapInfo[]> {
  return parseMaps(await ask.fresh(['show', 'map'], options));
}

/** `show map FILE`: what is looked up now, in the order of the file. Throws `no-such-map`. */
export async function readMapEntries(ask: Ask, map: MapName, options?: RequestOptions): Promise<MapEntry[]> {
  return parseMapEntries(await ask.fresh(['show', 'map', mapWord(map)], options));
}

export function mapWord(map: MapName): string {
  return typeof map === 'string' ? map : `#${map.id}`;
}

/** Throws `unexpected-answer`. */
export function parseMaps(text: string): MapInfo[] {
  const [header = '', ...lines] = linesOf(text);
  if (!header.startsWith('# id (file)')) throw unexpectedAnswer('show map', text);
  return lines.map(parseMap);
}

function parseMap(line: string): MapInfo {
  const match =
    /^(-?\d+) \((.*?)\) (.*?)(?: curr_ver=(\d+) next_ver=(\d+) entry_cnt=(\d+))?$/.exec(line) ?? undefined;
  if (!match) throw unexpectedAnswer('show map', line);
  const number = (at: number): number | null => (match[at] === undefined ? null : Number(match[at]));
  return {
    id: Number(match[1]),
    file: match[2] ?? '',
    description: match[3] ?? '',
    currentVersion: number(4),
    nextVersion: number(5),
    entryCount: number(6),
  };
}

/** Throws `unexpected-answer`, also for a key with a newline in it: such a map cannot be read back. */
export function parseMapEntries(text: string): MapEntry[] {
  return linesOf(text).map((line) => {
    const match = /^(0x[0-9a-f]+) ([^ ]*)(?: (.*))?$/.exec(line);
    if (!match) throw unexpectedAnswer('show map FILE', line);
    return { id: match[1] ?? '', key: match[2] ?? '', value: match[3] ?? '' };
  });
}
