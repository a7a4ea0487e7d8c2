import { RuntimeError } from './codec/errors.ts';
import { linesOf, unexpectedAnswer } from './codec/lines.ts';
import { encodeCommand } from './codec/encode.ts';
import { throwRefusal, type Ask } from './ask.ts';
import { unescapeKey } from './table-key.ts';
import type { RequestOptions, StreamedAnswer } from './transport.ts';

/** The first line of `show table`. */
export interface TableInfo {
  readonly name: string;
  /** `string`, `ip`, `ipv6`, `integer`, `binary`. */
  readonly type: string;
  readonly size: number;
  readonly used: number;
}

export interface TableEntry {
  /** As HAProxy escapes it: always one word, the same on every node for the same bytes. Compare these. */
  readonly rawKey: string;
  /** For people: unescaped, as UTF-8; bytes that are none become U+FFFD. */
  readonly key: string;
  /** Users of the entry now. */
  readonly use: number;
  /** Milliseconds until it expires. */
  readonly expiresMs: number;
  /** 3.0+. */
  readonly shard: number | null;
  readonly serverId: number | null;
  /** Null where the entry has none (`-`): made by `set table`, or the table does not keep it. */
  readonly serverKey: string | null;
  /** Every stored data type by its name without the period, such as `gpc0` or `http_req_rate`. */
  readonly data: Readonly<Record<string, string>>;
}

export interface Table extends TableInfo {
  readonly entries: readonly TableEntry[];
}

/** `show table`: the tables. */
export async function readTables(ask: Ask, options?: RequestOptions): Promise<TableInfo[]> {
  return linesOf(await ask.fresh(['show', 'table'], options)).map(parseTableHeader);
}

/** `show table T`, operator. Throws `no-such-table`, `permission-denied`. For millions of entries: {@link streamTable}. */
export async function readTable(ask: Ask, table: string, options?: RequestOptions): Promise<Table> {
  return parseTable(await ask.fresh(['show', 'table', table], options));
}

/** `show table T key K`: the entry, or null. `key` is the key itself, not its escaped form. */
export async function readTableKey(
  ask: Ask,
  table: string,
  key: string,
  options?: RequestOptions,
): Promise<TableEntry | null> {
  const text = await ask.fresh(['show', 'table', table, 'key', key], options);
  return text === '' ? null : (parseTable(text).entries[0] ?? null);
}

/** The bytes of `show table T` as they come, to digest them without holding them. What came is void after a throw. */
export async function streamTable(
  ask: Ask,
  table: string,
  onChunk: (chunk: Uint8Array) => void,
  options?: RequestOptions,
): Promise<StreamedAnswer> {
  const answer = await ask.transport.streamOnce(encodeCommand(['show', 'table', table]), onChunk, options);
  throwRefusal(answer.head);
  refuseEmptyDump(answer.head);
  return answer;
}

/** Throws `unexpected-answer`, and `permission-denied` where only the header was shown. */
export function parseTable(text: string): Table {
  refuseEmptyDump(text.slice(0, 1024));
  const [header = '', ...lines] = linesOf(text);
  return { ...parseTableHeader(header), entries: lines.map(parseTableEntry) };
}

/** At level user HAProxy prints the header and this remark: taken as is, the table would look empty. */
function refuseEmptyDump(head: string): void {
  if (/^# contents not dumped/m.test(head))
    throw new RuntimeError(
      'permission-denied',
      'HAProxy shows the entries of a table from level operator on.',
    );
}

export function parseTableHeader(line: string): TableInfo {
  const match = /^# table: (\S+), type: (\w+), size:(\d+), used:(\d+)/.exec(line);
  if (!match) throw unexpectedAnswer('show table', line);
  return { name: match[1] ?? '', type: match[2] ?? '', size: Number(match[3]), used: Number(match[4]) };
}

/** One line of a dump. Throws `unexpected-answer`. */
export function parseTableEntry(line: string): TableEntry {
  // An escaped key holds no bare space, so the first one ends it.
  const match = /^0x[0-9a-f]+: key=((?:\\.|[^ \\])*) use=(-?\d+) exp=(-?\d+)(?: shard=(\d+))?(.*)$/.exec(
    line,
  );
  if (!match) throw unexpectedAnswer('show table', line);
  const rawKey = match[1] ?? '';
  const data = parseData(match[5] ?? '');
  return {
    rawKey,
    key: unescapeKey(rawKey),
    use: Number(match[2]),
    expiresMs: Number(match[3]),
    shard: match[4] === undefined ? null : Number(match[4]),
    serverId: data['server_id'] === undefined ? null : Number(data['server_id']),
    serverKey: data['server_key'] === undefined || data['server_key'] === '-' ? null : data['server_key'],
    data,
  };
}

function parseData(text: string): Record<string, string> {
  const data: Record<string, string> = {};
  for (const field of text.split(' ')) {
    const at = field.indexOf('=');
    // `http_req_rate(10000)=0`: the period is the table's, in ms.
    if (at > 0) data[field.slice(0, at).replace(/\(\d+\)/, '')] = field.slice(at + 1);
  }
  return data;
}
