import { revisionCompacted, StoreError } from '../errors.ts';
import type { RangeOp, RangeRequest, RangeResult } from '../store.ts';
import { toEntry } from './rows.ts';
import type { Tables } from './tables.ts';

/** How far the history reaches. */
export interface Reach {
  readonly revision: number;
  readonly compactRevision: number;
}

export function rangeAt(tables: Tables, reach: Reach, request: RangeRequest): RangeResult {
  const { revision, compactRevision } = reach;
  const { atRevision = revision } = request;
  if (atRevision > revision)
    throw new StoreError(
      'revision-future',
      `the store is at revision ${revision}, not yet at ${atRevision}`,
      {
        facts: { revision, atRevision },
      },
    );
  if (atRevision < compactRevision) throw revisionCompacted(atRevision, compactRevision);
  return { revision, ...readRange(tables, request, atRevision === revision ? undefined : atRevision) };
}

/** Entries of one range, and whether there were more than its limit. */
export function readRange(tables: Tables, op: RangeOp, atRevision?: number): Omit<RangeResult, 'revision'> {
  const rows = tables.range(op, atRevision);
  const limit = 'key' in op ? undefined : op.limit;
  const more = limit !== undefined && rows.length > limit;
  return { entries: (more ? rows.slice(0, limit) : rows).map(toEntry), more };
}
