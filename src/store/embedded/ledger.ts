import type { EntryRow } from './rows.ts';
import type { Head, Tables } from './tables.ts';

/**
 * The store's revision, and the changes that make it higher. Runs inside a SQLite transaction that others begin and
 * end; `mark` and `rollback` bring back what it holds in memory when that one fails.
 */
export interface Ledger {
  readonly revision: number;
  readonly compactRevision: number;
  /** Bytes of history kept. */
  readonly historyBytes: number;
  /** Runs one unit of changes: all of it at one new revision, or at none when nothing changed. */
  change<T>(run: (writer: Writer) => T): T;
  /** Forgets history up to that revision, but never the last change: it carries the revision itself. */
  compact(upToRevision: number): void;
  mark(): void;
  rollback(): void;
  /** The keys changed since `mark`, which is then forgotten. */
  commit(): Uint8Array[];
}

export interface Writer {
  put(key: Uint8Array, value: Uint8Array, lease: number | null): void;
  remove(key: Uint8Array): boolean;
}

/** Rows are not free even when empty: counted so that a history of many small changes has a size too. */
const ROW_BYTES = 64;

export function createLedger(tables: Tables): Ledger {
  let head: Head = tables.head();
  let marked = head;
  let changed: Uint8Array[] = [];

  const append = (key: Uint8Array, now: EntryRow | undefined, was: EntryRow | undefined): void => {
    const size = ROW_BYTES + key.length + (now?.value.length ?? 0) + (was?.value.length ?? 0);
    const total = head.total + size;
    tables.appendChange({ revision: head.revision + 1, key, total, now, was });
    head = { ...head, total };
    changed.push(key);
  };

  const writer: Writer = {
    put(key, value, lease) {
      const was = tables.get(key);
      const revision = head.revision + 1;
      const created = was?.create_revision ?? revision;
      const version = (was?.version ?? 0) + 1;
      const now = { key, create_revision: created, mod_revision: revision, version, lease, value };
      tables.put(now);
      append(key, now, was);
    },
    remove(key) {
      const was = tables.get(key);
      if (!was) return false;
      tables.remove(key);
      append(key, undefined, was);
      return true;
    },
  };

  return {
    get revision() {
      return head.revision;
    },
    get compactRevision() {
      return head.compactRevision;
    },
    get historyBytes() {
      return head.total - head.oldestTotal;
    },
    change(run) {
      const before = changed.length;
      const result = run(writer);
      if (changed.length > before) head = { ...head, revision: head.revision + 1 };
      return result;
    },
    compact(upToRevision) {
      const target = Math.min(upToRevision, head.revision - 1);
      if (target <= head.compactRevision) return;
      tables.forget(target);
      head = tables.head();
    },
    mark() {
      marked = head;
      changed = [];
    },
    rollback() {
      head = marked;
      changed = [];
    },
    commit() {
      const keys = changed;
      changed = [];
      return keys;
    },
  };
}
