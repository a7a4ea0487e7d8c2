import { leaseNotFound } from '../errors.ts';
import type { Lease } from '../store.ts';
import type { Time } from '../time.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { Ledger } from './ledger.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import type { Tables } from './tables.ts';

export type LeaseId = number;

/**
 * Which leases there are is kept on disk, how long they still have only in memory: a restart gives them their full
 * time again, so that nobody loses a lease because the store was away.
 */
export interface Leases {
  grant(ttlMs: number): Promise<Lease>;
  keepAlive(id: string): void;
  revoke(id: string): Promise<void>;
  /** Within a commit: the row id of a lease that still has time. Throws `lease-not-found`. */
  check(id: string): LeaseId;
  close(): void;
}

export interface LeaseContext {
  readonly db: SqliteDatabase;
  readonly tables: Tables;
  readonly ledger: Ledger;
  readonly queue: CommitQueue;
  readonly time: Time;
}

interface Running {
  readonly ttlMs: number;
  deadline: number;
  /** Its end is being written. */
  isEnding: boolean;
}

/** After an end that could not be written (a full disk). */
const RETRY_MS = 1000;

export function createLeases({ db, tables, ledger, queue, time }: LeaseContext): Leases {
  const now = (): number => time.clock.monotonicMs();
  const running = loadLeases(db, now());
  const insert = db.prepare('INSERT INTO lease (ttl_ms) VALUES (?) RETURNING id');
  const exists = db.prepare('SELECT 1 FROM lease WHERE id = ?');
  const remove = db.prepare('DELETE FROM lease WHERE id = ?');
  const alarm = createAlarm(time, expireDue);

  function expireDue(): void {
    for (const [id, lease] of running)
      if (!lease.isEnding && lease.deadline <= now()) {
        lease.isEnding = true;
        end(id).catch(() => {
          lease.isEnding = false;
          alarm.setAt(now() + RETRY_MS);
        });
      }
    armNext();
  }

  function armNext(): void {
    const next = Math.min(...[...running.values()].filter((lease) => !lease.isEnding).map((l) => l.deadline));
    if (next !== Infinity) alarm.setAt(next);
  }

  async function end(id: LeaseId): Promise<void> {
    await queue.run(() => {
      if (remove.run(id).changes === 0) throw leaseNotFound(String(id));
      ledger.change((writer) => tables.keysOf(id).forEach((key) => writer.remove(key)));
    });
    running.delete(id);
  }

  function find(id: string): { readonly id: LeaseId; readonly lease: Running } {
    const lease = running.get(Number(id));
    if (!lease || lease.deadline <= now()) throw leaseNotFound(id);
    return { id: Number(id), lease };
  }

  armNext();
  return {
    async grant(ttlMs) {
      const id = await queue.run(() => (insert.get(ttlMs) as { readonly id: LeaseId }).id);
      running.set(id, { ttlMs, deadline: now() + ttlMs, isEnding: false });
      alarm.setAt(now() + ttlMs);
      return { id: String(id), ttlMs };
    },
    keepAlive(id) {
      const { lease } = find(id);
      lease.deadline = now() + lease.ttlMs;
    },
    revoke: async (id) => end(find(id).id),
    check(id) {
      // The row too: a revoke before us in the same commit has deleted it, and is not yet known in memory.
      const { id: row } = find(id);
      if (!exists.get(row)) throw leaseNotFound(id);
      return row;
    },
    close: () => alarm.stop(),
  };
}

function loadLeases(db: SqliteDatabase, now: number): Map<LeaseId, Running> {
  const rows = db.prepare('SELECT id, ttl_ms FROM lease').all() as { id: LeaseId; ttl_ms: number }[];
  return new Map(
    rows.map(({ id, ttl_ms }) => [id, { ttlMs: ttl_ms, deadline: now + ttl_ms, isEnding: false }]),
  );
}

interface Alarm {
  /** Rings at this time, or at an earlier one it was set to before. */
  setAt(due: number): void;
  /** Never rings again. */
  stop(): void;
}

/** One timer for all leases. A lease kept alive lets it ring too early, which costs a look and a new setting. */
function createAlarm(time: Time, ring: () => void): Alarm {
  let dueAt = Infinity;
  let cancel = (): void => {};
  return {
    setAt(due) {
      if (due >= dueAt) return;
      cancel();
      dueAt = due;
      cancel = time.after(Math.max(0, due - time.clock.monotonicMs()), () => {
        dueAt = Infinity;
        ring();
      });
    },
    stop() {
      cancel();
      dueAt = -Infinity;
    },
  };
}
