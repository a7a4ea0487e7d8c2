import { linesOf, unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

/** One line of `show servers conn`: the connections to a server. 3.4 has columns of its own: read by their names. */
export interface ServerConnRow {
  readonly backend: string;
  readonly server: string;
  readonly backendId: number;
  readonly serverId: number;
  readonly address: string;
  readonly port: number;
  /** Connections in use now, and the most since the last purge. */
  readonly used: number;
  readonly usedMax: number;
  /** Idle connections that are kept, and the limit (-1: none). */
  readonly idle: number;
  readonly idleLimit: number;
  readonly raw: Readonly<Record<string, string>>;
}

export async function readServersConn(
  ask: Ask,
  backend?: string,
  options?: RequestOptions,
): Promise<ServerConnRow[]> {
  const words = ['show', 'servers', 'conn', ...(backend === undefined ? [] : [backend])];
  return parseServersConn(await ask.kept(words, options));
}

/** Throws `unexpected-answer`. */
export function parseServersConn(text: string): ServerConnRow[] {
  const [header = '', ...lines] = linesOf(text);
  if (!header.startsWith('# bkname/svname bkid/svid ')) throw unexpectedAnswer('show servers conn', text);
  const columns = header.slice(2).split(' ');
  return lines.map((line) => parseRow(columns, line));
}

function parseRow(columns: readonly string[], line: string): ServerConnRow {
  const fields = line.split(' ');
  // The last column, `idle_per_thr[N]`, stands for N fields, and for none where 2.2 lists its own master.
  if (fields.length < columns.length - 1) throw unexpectedAnswer('show servers conn', line);
  const raw: Record<string, string> = {};
  for (const [at, column] of columns.entries()) raw[column] = fields[at] ?? '';
  const [backend = '', server = ''] = (raw['bkname/svname'] ?? '').split('/');
  const [backendId, serverId] = (raw['bkid/svid'] ?? '').split('/').map(Number);
  return {
    backend,
    server,
    backendId: backendId ?? 0,
    serverId: serverId ?? 0,
    address: raw['addr'] ?? '',
    port: Number(raw['port']),
    used: Number(raw['used_cur']),
    usedMax: Number(raw['used_max']),
    idle: Number(raw['idle_cur']),
    idleLimit: Number(raw['idle_lim']),
    raw,
  };
}
