import { unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

/** `srv_op_state`: 0 stopped, 1 starting, 2 running, 3 stopping. */
export type OperationalState = 0 | 1 | 2 | 3;

/** One line of `show servers state`, all 25 columns. */
export interface ServerStateRow {
  readonly backendId: number;
  readonly backend: string;
  readonly serverId: number;
  readonly server: string;
  /** Null while a name is not resolved. */
  readonly address: string | null;
  readonly operationalState: OperationalState;
  /** `srv_admin_state`, see {@link ADMIN_FLAGS}. */
  readonly adminFlags: number;
  readonly userWeight: number;
  readonly initialWeight: number;
  readonly secondsSinceChange: number;
  readonly checkStatus: number;
  readonly checkResult: number;
  readonly checkHealth: number;
  /** See {@link CHECK_FLAGS}. */
  readonly checkState: number;
  readonly agentState: number;
  readonly backendForcedId: boolean;
  readonly serverForcedId: boolean;
  readonly fqdn: string | null;
  readonly port: number;
  readonly srvRecord: string | null;
  readonly useSsl: boolean;
  readonly checkPort: number;
  readonly checkAddress: string | null;
  readonly agentAddress: string | null;
  readonly agentPort: number;
}

/** Bits of `srv_admin_state`. */
export const ADMIN_FLAGS = {
  forcedMaint: 0x01,
  inheritedMaint: 0x02,
  /** `disabled` in the file; it stays after `state ready`. */
  configMaint: 0x04,
  forcedDrain: 0x08,
  inheritedDrain: 0x10,
  /** The name did not resolve. */
  resolutionMaint: 0x20,
  hostnameMaint: 0x40,
} as const;

/** Bits of `srv_check_state` and `srv_agent_state`. */
export const CHECK_FLAGS = {
  inProgress: 0x01,
  configured: 0x02,
  enabled: 0x04,
  paused: 0x08,
  agent: 0x10,
} as const;

/** All that 2.2 has. */
const FIRST_COLUMNS =
  'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight ' +
  'srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state ' +
  'bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord';
const LAST_COLUMNS = 'srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
const PREAMBLE = `1\n# ${FIRST_COLUMNS} ${LAST_COLUMNS}\n`;
const SHORT_PREAMBLE = `1\n# ${FIRST_COLUMNS}\n`;

/** All servers, or those of one backend. Throws `no-such-backend`. */
export async function readServersState(
  ask: Ask,
  backend?: string,
  options?: RequestOptions,
): Promise<ServerStateRow[]> {
  const words = ['show', 'servers', 'state', ...(backend === undefined ? [] : [backend])];
  return parseServersState(await ask.kept(words, options));
}

/**
 * Reads what `show servers state` prints, and a state file. Throws `unexpected-answer` for anything else: every line
 * counts, so that no server is ever lost in silence. Read once a second for thousands of servers, hence the scanner.
 */
export function parseServersState(text: string): ServerStateRow[] {
  const isShort = text.startsWith(SHORT_PREAMBLE);
  if (!isShort && !text.startsWith(PREAMBLE)) throw unexpectedAnswer('show servers state', text);
  const scan = createScanner(text, (isShort ? SHORT_PREAMBLE : PREAMBLE).length);
  const rows: ServerStateRow[] = [];
  while (!scan.atEnd()) {
    rows.push(readRow(scan, isShort));
    if (!scan.endLine()) throw unexpectedAnswer('show servers state', scan.line());
  }
  return rows;
}

function readRow(scan: Scanner, isShort: boolean): ServerStateRow {
  return {
    backendId: scan.number(),
    backend: scan.word(),
    serverId: scan.number(),
    server: scan.word(),
    address: scan.wordOrNull(),
    operationalState: scan.number() as OperationalState,
    adminFlags: scan.number(),
    userWeight: scan.number(),
    initialWeight: scan.number(),
    secondsSinceChange: scan.number(),
    checkStatus: scan.number(),
    checkResult: scan.number(),
    checkHealth: scan.number(),
    checkState: scan.number(),
    agentState: scan.number(),
    backendForcedId: scan.number() === 1,
    serverForcedId: scan.number() === 1,
    fqdn: scan.wordOrNull(),
    port: scan.number(),
    srvRecord: scan.wordOrNull(),
    useSsl: !isShort && scan.number() === 1,
    checkPort: isShort ? 0 : scan.number(),
    checkAddress: isShort ? null : scan.wordOrNull(),
    agentAddress: isShort ? null : scan.wordOrNull(),
    agentPort: isShort ? 0 : scan.number(),
  };
}

interface Scanner {
  number(): number;
  word(): string;
  wordOrNull(): string | null;
  atEnd(): boolean;
  /** True, and on to the next line, where exactly the whole line was read and every number was one. */
  endLine(): boolean;
  /** The line being read, for the message. */
  line(): string;
}

const SPACE = 32;
const NEWLINE = 10;
const MINUS = 45;

function createScanner(text: string, start: number): Scanner {
  let at = start;
  let lineStart = start;
  let sound = true;

  // Every field but the first stands after exactly one space.
  function next(): void {
    if (at === lineStart) return;
    if (text.charCodeAt(at) === SPACE) at++;
    else sound = false;
  }
  function number(): number {
    next();
    const negative = text.charCodeAt(at) === MINUS;
    if (negative) at++;
    const first = at;
    let value = 0;
    for (let digit = text.charCodeAt(at) - 48; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - 48)
      value = value * 10 + digit;
    if (at === first || value > Number.MAX_SAFE_INTEGER) sound = false;
    return negative ? -value : value;
  }
  function word(): string {
    next();
    const first = at;
    for (let code = text.charCodeAt(at); code > SPACE; code = text.charCodeAt(++at));
    if (at === first) sound = false;
    return text.slice(first, at);
  }

  return {
    number,
    word,
    wordOrNull() {
      const found = word();
      return found === '-' ? null : found;
    },
    atEnd: () => at >= text.length,
    endLine() {
      if (!sound || text.charCodeAt(at) !== NEWLINE) return false;
      at++;
      lineStart = at;
      return true;
    },
    line: () => text.slice(lineStart, lineStart + 400).split('\n', 1)[0] ?? '',
  };
}

/** One line of a state file, without its newline. */
export function printServerStateRow(row: ServerStateRow): string {
  return [
    row.backendId,
    row.backend,
    row.serverId,
    row.server,
    row.address ?? '-',
    row.operationalState,
    row.adminFlags,
    row.userWeight,
    row.initialWeight,
    row.secondsSinceChange,
    row.checkStatus,
    row.checkResult,
    row.checkHealth,
    row.checkState,
    row.agentState,
    Number(row.backendForcedId),
    Number(row.serverForcedId),
    row.fqdn ?? '-',
    row.port,
    row.srvRecord ?? '-',
    Number(row.useSsl),
    row.checkPort,
    row.checkAddress ?? '-',
    row.agentAddress ?? '-',
    row.agentPort,
  ].join(' ');
}

/** A whole `server-state-file`, version 1: what HAProxy itself prints and reads at start and reload. */
export function printServerStateFile(rows: readonly ServerStateRow[]): string {
  return PREAMBLE + rows.map((row) => `${printServerStateRow(row)}\n`).join('');
}
