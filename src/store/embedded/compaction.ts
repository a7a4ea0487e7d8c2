import type { Ledger } from './ledger.ts';
import type { Tables } from './tables.ts';

/** How much history is kept for watchers that were away and for reads of the past. Whichever is reached first. */
export interface Retention {
  readonly revisions: number;
  readonly bytes: number;
}

export const DEFAULT_RETENTION: Retention = { revisions: 100_000, bytes: 64 * 1024 * 1024 };

/** At most so many revisions go with one commit, so that no single write pays for all of it. */
const STEP_REVISIONS = 1000;

/** Forgets history beyond the retention. Called within a commit, it costs no extra one. */
export function compactStep(tables: Tables, ledger: Ledger, retention: Retention): void {
  const { revision, compactRevision } = ledger;
  const surplus = revision - retention.revisions;
  const target = Math.max(surplus, surplusByBytes(tables, ledger, retention.bytes));
  // Waits for a tenth too much: a DELETE with every commit would touch pages that have to be written again.
  const slack = Math.floor(retention.revisions / 10);
  const isOver = surplus - compactRevision > slack || target > Math.max(surplus, compactRevision);
  if (isOver) ledger.compact(Math.min(target, compactRevision + STEP_REVISIONS));
}

function surplusByBytes(tables: Tables, ledger: Ledger, bytes: number): number {
  if (ledger.historyBytes <= bytes * 1.1) return 0;
  const cut = tables.head().total - bytes;
  return (tables.firstRevisionBehind(cut) ?? 0) - 1;
}
