import { text } from '../key-range.ts';
import type { Entry, WatchEvent } from '../store.ts';

/** A row of `entry`, in the order and names the queries select. */
export interface EntryRow {
  readonly key: Uint8Array;
  readonly create_revision: number;
  readonly mod_revision: number;
  readonly version: number;
  readonly lease: number | null;
  readonly value: Uint8Array;
}

/** A row of `change`. Without a value it is a deletion; without `was_value` there was nothing before. */
export interface ChangeRow {
  readonly revision: number;
  readonly key: Uint8Array;
  readonly create_revision: number | null;
  readonly version: number | null;
  readonly lease: number | null;
  readonly value: Uint8Array | null;
  readonly was_create_revision: number | null;
  readonly was_mod_revision: number | null;
  readonly was_version: number | null;
  readonly was_lease: number | null;
  readonly was_value: Uint8Array | null;
}

export function toEntry(row: EntryRow): Entry {
  return {
    key: text(row.key),
    value: text(row.value),
    createRevision: row.create_revision,
    modRevision: row.mod_revision,
    version: row.version,
    ...(row.lease === null ? {} : { lease: String(row.lease) }),
  };
}

export function toEvent(row: ChangeRow): WatchEvent {
  const previous = previousEntry(row);
  const before = previous ? { previous } : {};
  if (row.value === null) return { type: 'delete', key: text(row.key), modRevision: row.revision, ...before };
  const entry = toEntry({
    key: row.key,
    create_revision: row.create_revision ?? 0,
    mod_revision: row.revision,
    version: row.version ?? 0,
    lease: row.lease,
    value: row.value,
  });
  return { type: 'put', ...entry, ...before };
}

function previousEntry(row: ChangeRow): Entry | undefined {
  if (row.was_value === null) return undefined;
  return toEntry({
    key: row.key,
    create_revision: row.was_create_revision ?? 0,
    mod_revision: row.was_mod_revision ?? 0,
    version: row.was_version ?? 0,
    lease: row.was_lease,
    value: row.was_value,
  });
}
