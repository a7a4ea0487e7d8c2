import { parseDuration } from './codec/duration.ts';
import { linesOf, unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

/** A `peers` section of `show peers`. */
export interface PeersSection {
  readonly name: string;
  readonly disabled: boolean;
  readonly flags: number;
  /** The first resync after a start or reload is over. The one sure sign: ESTA and the timeout do not tell. */
  readonly resyncFinished: boolean;
  readonly peers: readonly Peer[];
}

export interface Peer {
  readonly name: string;
  readonly local: boolean;
  readonly active: boolean;
  readonly address: string;
  /** `ESTA`, `CONN`, `HSHK`, `NONE` …; stays ESTA 2 to 4 s after the other side was killed. */
  readonly lastStatus: string;
  /** 3.0+, such as `RUNNING`, `STOPPED`; undefined before. */
  readonly appState: string | undefined;
  readonly learnState: string | undefined;
  readonly lastHandshakeSeconds: number | undefined;
  /** A session with the other side exists now. */
  readonly hasSession: boolean;
  readonly newConnections: number;
  readonly protocolErrors: number;
  readonly collisions: number;
  readonly tables: readonly PeerTable[];
}

export interface PeerTable {
  readonly name: string;
  readonly lastAcked: number;
  readonly lastPushed: number;
  readonly lastGet: number;
  /** The table's own count of updates: `lastPushed` behind it has not been sent yet. */
  readonly update: number;
}

/** `show peers`, all sections or one. Throws `no-such-peers`. */
export async function readPeers(
  ask: Ask,
  section?: string,
  options?: RequestOptions,
): Promise<PeersSection[]> {
  const words = ['show', 'peers', ...(section === undefined ? [] : [section])];
  return parsePeers(await ask.kept(words, options));
}

const RESYNC_FINISHED = 3;

/** Throws `unexpected-answer`. */
export function parsePeers(text: string): PeersSection[] {
  if (text.trim() === '') return [];
  const lines = linesOf(text).filter((line) => line !== '');
  return splitBefore(lines, /^0x/).map(parseSection);
}

/** Groups that each begin with a line of the pattern. */
function splitBefore(lines: readonly string[], start: RegExp): string[][] {
  const groups: string[][] = [];
  for (const line of lines) {
    if (start.test(line)) groups.push([line]);
    else if (groups.length > 0) groups.at(-1)?.push(line);
    else throw unexpectedAnswer('show peers', line);
  }
  return groups;
}

/** `state=` is what 2.2 calls it. */
function parseSection([head = '', ...lines]: readonly string[]): PeersSection {
  const match = /^0x[0-9a-f]+: \[[^\]]*\] id=(\S+) (?:disabled|state)=(\d) flags=(0x[0-9a-f]+) /.exec(head);
  if (!match) throw unexpectedAnswer('show peers', head);
  const flags = Number(match[3]);
  return {
    name: match[1] ?? '',
    disabled: match[2] !== '0',
    flags,
    resyncFinished: (flags & RESYNC_FINISHED) === RESYNC_FINISHED,
    peers: splitBefore(lines, /^ {2}0x/).map(parsePeer),
  };
}

function parsePeer(lines: readonly string[]): Peer {
  const [head = ''] = lines;
  const match = /^ {2}0x[0-9a-f]+: id=(\S+)\((local|remote),(active|inactive)\) addr=(\S+) (.*)$/.exec(head);
  if (!match) throw unexpectedAnswer('show peers', head);
  const text = lines.join('\n');
  const word = (name: string): string | undefined => new RegExp(`\\b${name}=(\\S+)`).exec(text)?.[1];
  const count = (name: string): number => Number(word(name) ?? 0);
  return {
    name: match[1] ?? '',
    local: match[2] === 'local',
    active: match[3] === 'active',
    address: match[4] ?? '',
    lastStatus: word('last_status') ?? '',
    appState: word('app_state'),
    learnState: word('learn_state'),
    lastHandshakeSeconds: parseDuration(word('last_hdshk') ?? ''),
    hasSession: /\bappctx:0x/.test(text),
    newConnections: count('new_conn'),
    protocolErrors: count('proto_err'),
    collisions: count('coll'),
    tables: parsePeerTables(text),
  };
}

const TABLE =
  /last_acked=(\d+) last_pushed=(\d+) last_get=(\d+) [^\n]*\n\s+table:0x[0-9a-f]+ id=(\S+) update=(\d+)/g;

function parsePeerTables(text: string): PeerTable[] {
  return [...text.matchAll(TABLE)].map(([, acked, pushed, get, name = '', update]) => ({
    name,
    lastAcked: Number(acked),
    lastPushed: Number(pushed),
    lastGet: Number(get),
    update: Number(update),
  }));
}
