import type { ServerReport } from '../../api/index.ts';
import type { ServerStateRow } from '../../haproxy/runtime/index.ts';
import { serverKey } from '../../plan/index.ts';
import type { ServerFacts } from './config-facts.ts';

/** A check under way sets the first bit for some milliseconds; nobody wants to hear of it. */
const IN_PROGRESS = 1;

/** HAProxy counts whole seconds, so a time worked out from an age wavers by one. */
const SAME_TIME_MS = 2_000;

interface Entry {
  row: ServerStateRow;
  report: ServerReport;
  check: string | undefined;
  sessions: number | undefined;
}

export interface RowContext {
  readonly facts: ReadonlyMap<string, ServerFacts>;
  readonly wallMs: number;
}

/** The servers of one instance as read last, and as they are reported. A report object is replaced when it changes, never altered. */
export class InstanceRows {
  readonly #entries = new Map<string, Entry>();
  /** Counts every change of a report. */
  version = 0;

  rows(): ServerStateRow[] {
    return Array.from(this.#entries.values(), ({ row }) => row);
  }

  /** In HAProxy's order, each once. */
  backends(): string[] {
    return [...new Set(Array.from(this.#entries.values(), ({ row }) => row.backend))];
  }

  *reports(): Generator<readonly [string, ServerReport]> {
    for (const [key, { report }] of this.#entries) yield [key, report];
  }

  /** Sessions as counted since the server's admin state changed last. */
  sessions(): ReadonlyMap<string, number> {
    const counted = new Map<string, number>();
    for (const [key, { sessions }] of this.#entries) if (sessions !== undefined) counted.set(key, sessions);
    return counted;
  }

  /**
   * Takes a reading of all servers, or of some backends. Returns the backends where an operational state or the outcome of a check
   * changed: their check texts are old now.
   */
  take(rows: readonly ServerStateRow[], context: RowContext, isAll: boolean): Set<string> {
    const changed = new Set<string>();
    const seen = new Set<string>();
    for (const row of rows) {
      const key = serverKey(row.backend, row.server);
      if (isAll) seen.add(key);
      if (this.#takeRow(key, row, context)) changed.add(row.backend);
    }
    if (isAll && seen.size < this.#entries.size)
      for (const key of this.#entries.keys()) if (!seen.has(key)) this.#delete(key);
    return changed;
  }

  /** Check text and sessions of one server as `show stat` has them. */
  takeStat(key: string, stat: { check: string; sessions: number }, context: RowContext): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.check = stat.check === '' ? undefined : stat.check;
    // Of a ready server they change all the time and decide nothing.
    entry.sessions = isOut(entry.row) ? stat.sessions : undefined;
    this.#refresh(key, entry, context);
  }

  /** After haproxy.cfg changed. */
  refreshAll(context: RowContext): void {
    for (const [key, entry] of this.#entries) this.#refresh(key, entry, context);
  }

  /** Of another worker: what was counted on the old one says nothing. */
  forgetCounts(): void {
    for (const entry of this.#entries.values()) entry.sessions = undefined;
  }

  #takeRow(key: string, read: ServerStateRow, context: RowContext): boolean {
    const entry = this.#entries.get(key);
    if (!entry) {
      const row = ownRow(read);
      const counts = { check: undefined, sessions: undefined };
      const report = reportOf(row, { ...context, key, ...counts, before: undefined });
      this.#entries.set(ownText(key), { row, report, ...counts });
      this.version++;
      return true;
    }
    const before = entry.row;
    if (isSameRow(before, read)) {
      // Only a state file wants to know the age, and it has lines for these alone.
      if (isOut(read) || isDown(read)) entry.row = { ...before, secondsSinceChange: read.secondsSinceChange };
      return false;
    }
    const row = ownRow(read, before);
    entry.row = row;
    if (before.adminFlags !== row.adminFlags) entry.sessions = undefined;
    this.#refresh(key, entry, context);
    return (
      before.operationalState !== row.operationalState ||
      before.checkResult !== row.checkResult ||
      before.checkStatus !== row.checkStatus
    );
  }

  #refresh(key: string, entry: Entry, context: RowContext): void {
    const { row, check, sessions } = entry;
    const report = reportOf(row, { ...context, key, check, sessions, before: entry.report });
    if (isSameReport(entry.report, report)) return;
    entry.report = report;
    this.version++;
  }

  #delete(key: string): void {
    this.#entries.delete(key);
    this.version++;
  }
}

/** Compared without the age: that one alone changes by itself. */
function isSameRow(a: ServerStateRow, b: ServerStateRow): boolean {
  return (
    a.operationalState === b.operationalState &&
    a.adminFlags === b.adminFlags &&
    a.userWeight === b.userWeight &&
    a.initialWeight === b.initialWeight &&
    a.checkStatus === b.checkStatus &&
    a.checkResult === b.checkResult &&
    a.checkHealth === b.checkHealth &&
    (a.checkState | IN_PROGRESS) === (b.checkState | IN_PROGRESS) &&
    a.agentState === b.agentState &&
    a.port === b.port &&
    a.address === b.address &&
    a.serverId === b.serverId &&
    // It went back: a change and its opposite between two readings.
    b.secondsSinceChange >= a.secondsSinceChange
  );
}

interface ReportContext extends RowContext {
  readonly key: string;
  readonly check: string | undefined;
  readonly sessions: number | undefined;
  readonly before: ServerReport | undefined;
}

function reportOf(row: ServerStateRow, context: ReportContext): ServerReport {
  const { check, sessions } = context;
  const facts = context.facts.get(context.key);
  return {
    backend: row.backend,
    server: row.server,
    id: row.serverId,
    address: row.address,
    port: row.port,
    operationalState: row.operationalState,
    adminFlags: row.adminFlags,
    weight: row.userWeight,
    initialWeight: row.initialWeight,
    checkState: row.checkState & ~IN_PROGRESS,
    checkStatus: row.checkStatus,
    checkResult: row.checkResult,
    checkHealth: row.checkHealth,
    agentState: row.agentState & ~IN_PROGRESS,
    since: sinceOf(row, context),
    ...(check !== undefined && { check }),
    ...(sessions !== undefined && { sessions }),
    ...(facts && {
      backup: facts.backup,
      fileDisabled: facts.disabled,
      rise: facts.rise,
      tracked: facts.tracked,
      ...(facts.checkIntervalMs !== undefined && { checkIntervalMs: facts.checkIntervalMs }),
    }),
  };
}

function sinceOf(row: ServerStateRow, { before, wallMs }: ReportContext): number {
  const since = Math.round(wallMs - row.secondsSinceChange * 1000);
  if (!before || before.operationalState !== row.operationalState) return since;
  return Math.abs(since - before.since) <= SAME_TIME_MS ? before.since : since;
}

function isSameReport(a: ServerReport, b: ServerReport): boolean {
  const left = Object.entries(a);
  const right = b as Record<string, unknown>;
  return left.length === Object.keys(b).length && left.every(([name, value]) => right[name] === value);
}

/**
 * A row of its own. The texts of a reading are slices of its whole answer: one kept name would keep all of it in memory, for each
 * row the answer of another poll.
 */
function ownRow(read: ServerStateRow, before?: ServerStateRow): ServerStateRow {
  const own = (text: string | null) => text && ownText(text);
  return {
    ...read,
    backend: before?.backend ?? ownText(read.backend),
    server: before?.server ?? ownText(read.server),
    address: own(read.address),
    fqdn: own(read.fqdn),
    srvRecord: own(read.srvRecord),
    checkAddress: own(read.checkAddress),
    agentAddress: own(read.agentAddress),
  };
}

function ownText(text: string): string {
  return Buffer.from(text).toString();
}

function isDown({ operationalState }: ServerStateRow): boolean {
  return operationalState === 0;
}

/** In drain or maint. */
function isOut({ adminFlags }: ServerStateRow): boolean {
  return (adminFlags & (1 | 8)) !== 0;
}
