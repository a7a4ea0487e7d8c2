import { HafleetError, type ErrorDetails } from '../lib/index.ts';

export type StoreErrorCode =
  /** No space for the change. It was not applied; what was acknowledged before stands. */
  | 'store-full'
  | 'store-closed'
  /** The file is damaged, or is no SQLite file. */
  | 'store-corrupt'
  /** Another process has the file open for writing. */
  | 'store-locked'
  /** The disk, the network or the store's server does not answer as it should. */
  | 'store-unavailable'
  /** The file was written by a newer release, or by another program. */
  | 'store-incompatible'
  | 'store-read-only'
  /** That far back the history is gone. Facts: `compactRevision`, the oldest that can be read. */
  | 'revision-compacted'
  | 'revision-future'
  | 'value-too-large'
  | 'txn-too-large'
  /** The caller's mistake: no such request can be run by any store. */
  | 'invalid-request'
  | 'lease-not-found'
  /** Facts: `scope`, `owner`, `reason`, `since`, `token` of the one who has it. */
  | 'lock-held';

export class StoreError extends HafleetError<StoreErrorCode> {
  constructor(code: StoreErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.name = 'StoreError';
  }
}

export function isStoreError(value: unknown, code?: StoreErrorCode): value is StoreError {
  return value instanceof StoreError && (code === undefined || value.code === code);
}

export function storeClosed(): StoreError {
  return new StoreError('store-closed', 'the store is closed');
}

export function leaseNotFound(id: string): StoreError {
  return new StoreError('lease-not-found', `lease ${id} expired or never was`, {
    hint: 'Ask for a new lease and write its keys again.',
    facts: { lease: id },
  });
}

export function revisionCompacted(revision: number, compactRevision: number): StoreError {
  return new StoreError(
    'revision-compacted',
    `revision ${revision} is gone: history starts at revision ${compactRevision}`,
    { hint: 'Read the current state and watch from there.', facts: { revision, compactRevision } },
  );
}
