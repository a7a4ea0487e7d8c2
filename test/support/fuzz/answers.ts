import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../dev/index.ts';
import { createFramer, type Framing } from '../../../src/haproxy/runtime/codec/frame.ts';
import { findRefusal } from '../../../src/haproxy/runtime/codec/refusals.ts';
import { createStreamFramer } from '../../../src/haproxy/runtime/codec/stream-frame.ts';
import {
  isRuntimeError,
  parseMapEntries,
  parseServersState,
  parseStat,
  parseVersion,
  printServerStateFile,
  RUNTIME_ERROR_CODES,
} from '../../../src/haproxy/runtime/index.ts';
import { parseInfo } from '../../../src/haproxy/runtime/info.ts';
import { parseMaps } from '../../../src/haproxy/runtime/map.ts';
import { parseReload } from '../../../src/haproxy/runtime/master.ts';
import { parsePeers } from '../../../src/haproxy/runtime/peers.ts';
import { parseProc } from '../../../src/haproxy/runtime/proc.ts';
import { parseServersConn } from '../../../src/haproxy/runtime/servers-conn.ts';
import { parseSessionDetails, parseSessions } from '../../../src/haproxy/runtime/sess.ts';
import { parseTable } from '../../../src/haproxy/runtime/table.ts';
import type { Random } from '../random.ts';
import { broken, orRefusal, target } from './target.ts';
import { near, nearLines, once } from './words.ts';

const PARSERS = {
  show_servers_state: checkState,
  show_stat: checkStat,
  show_table_b: parseTable,
  show_peers: parsePeers,
  show_sess: parseSessions,
  show_sess_all: parseSessionDetails,
  show_info: parseInfo,
  show_map: parseMaps,
  show_servers_conn: parseServersConn,
  show_version: (text: string) => parseVersion(text.trim()),
  master_show_proc: parseProc,
  master_reload_ok: parseReload,
  entries: parseMapEntries,
} as const satisfies Record<string, (text: string) => unknown>;
type Kind = keyof typeof PARSERS;
const KINDS = Object.keys(PARSERS) as Kind[];

/** What was read can be written again, and is then the same. */
function checkState(text: string): void {
  const rows = parseServersState(text);
  if (!rows.every((row) => Object.values(row).every((value) => value !== undefined && !Number.isNaN(value))))
    broken('a column is missing');
  if (JSON.stringify(parseServersState(printServerStateFile(rows))) !== JSON.stringify(rows))
    broken('what was read is written as something else');
}

function checkStat(text: string): void {
  for (const row of parseStat(text)) {
    if (!['frontend', 'backend', 'server', 'listener'].includes(row.type))
      broken(`a row of type ${row.type}`);
    void [row.raw, row.scur, row.status, row.lastChk];
  }
}

/** Answers of real HAProxy, by the command. The first line of a file is the command. */
function readSeeds(): Readonly<Record<string, readonly string[]>> {
  const folder = join(ROOT, 'src/haproxy/runtime/fixtures');
  const seeds: Record<string, string[]> = { entries: ['0x55 key value with spaces\n0x56 other\n'] };
  for (const version of readdirSync(folder))
    for (const file of readdirSync(join(folder, version))) {
      const text = readFileSync(join(folder, version, file), 'utf8');
      (seeds[file.replace('.txt', '')] ??= []).push(text.slice(text.indexOf('\n') + 1).replace(/\n$/, ''));
    }
  return seeds;
}

let seeds: ReturnType<typeof readSeeds> | undefined;
const seedsOf = (kind: string) => (seeds ??= readSeeds())[kind] ?? [''];

interface Text {
  readonly kind: Kind;
  readonly text: string;
}

/** Any text at all gives a value or `unexpected-answer`. */
export const answers = target<Text>({
  name: 'answers',
  share: 100,
  make(random) {
    const kind = once(random, 12) ? random.pick(KINDS) : random.pick(KINDS.slice(0, 6));
    return { kind, text: nearLines(random, seedsOf(once(random, 30) ? random.pick(KINDS) : kind)) };
  },
  check({ kind, text }) {
    orRefusal(() => PARSERS[kind](text), isCoded);
    const code = findRefusal(text);
    if (code !== undefined && !RUNTIME_ERROR_CODES.includes(code)) broken(`refusal ${code}`);
  },
});

const FRAMINGS: readonly Framing[] = [
  { kind: 'until-eof' },
  { kind: 'prompt', prompts: ['> '] },
  { kind: 'prompt', prompts: ['master> ', 'master[ReloadFailed]> '] },
];
const BODIES = [
  '\n',
  'No such server.\n',
  'one\n\n',
  'Unknown command: x\n\n> ',
  'a\n> b\n\n> ',
  '\n\n> ',
  'master> ',
];

interface Bytes {
  readonly framing: number;
  /** A character a byte. */
  readonly chunks: readonly string[];
}

function splitUp(random: Random, text: string): string[] {
  const chunks: string[] = [];
  for (let at = 0; at < text.length;) {
    const size = 1 + random.whole(once(random, 3) ? 3 : 200);
    chunks.push(text.slice(at, at + size));
    at += size;
  }
  return chunks;
}

/** Any bytes in any pieces: one answer made of exactly these bytes, or a coded end. */
export const frames = target<Bytes>({
  name: 'frames',
  share: 100,
  make(random) {
    const text = `${near(random, BODIES)}${random.pick(['', '\n', '\n> ', '\n\n> ', 'master> '])}`;
    return { framing: random.whole(FRAMINGS.length), chunks: splitUp(random, text) };
  },
  check({ framing, chunks }) {
    const bytes = chunks.map((chunk) => Buffer.from(chunk, 'latin1'));
    const size = bytes.reduce((sum, { length }) => sum + length, 0);
    const framer = createFramer(FRAMINGS[framing] ?? { kind: 'until-eof' });
    const answer = orRefusal(() => {
      for (const chunk of bytes) {
        const found = framer.push(chunk);
        if (found) return found;
      }
      return framer.end();
    }, isCoded);
    if (answer && (answer.size > size || answer.bytes().length !== answer.size))
      broken(`an answer of ${answer.size}`);
    if (framing === 0) checkStream(bytes, answer?.size);
  },
});

/** A streamed answer ends as a collected one does. */
function checkStream(bytes: readonly Uint8Array[], size: number | undefined): void {
  let streamed = 0;
  const framer = createStreamFramer((chunk) => (streamed += chunk.length));
  for (const chunk of bytes) framer.push(chunk);
  const end = orRefusal(() => framer.end(), isCoded);
  if (end?.size !== size) broken(`streamed it has ${end?.size} of ${streamed} bytes, collected ${size}`);
}

function isCoded(thrown: unknown): boolean {
  return isRuntimeError(thrown) && RUNTIME_ERROR_CODES.includes(thrown.code);
}
