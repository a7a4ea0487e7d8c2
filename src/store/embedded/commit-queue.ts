import { storeClosed, StoreError } from '../errors.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { toStoreError } from './sqlite-errors.ts';

/**
 * Runs jobs in the order they came, many to one SQLite transaction: all that are called in one turn of the event
 * loop share one fsync. A job's promise resolves only when that commit is on the disk.
 */
export interface CommitQueue {
  run<T>(job: () => T): Promise<T>;
  /** Commits what is waiting and refuses everything after. */
  close(): void;
}

export interface CommitHooks {
  /** Before the transaction begins: the state to go back to if it fails. */
  begin(): void;
  /** After the jobs, still inside the transaction. */
  beforeCommit(): void;
  committed(): void;
  rolledBack(): void;
}

interface Waiting {
  /** Throws a StoreError when the request is refused (it then wrote nothing), anything else when SQLite failed. */
  readonly job: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So that a flood of writes cannot keep readers waiting for one endless commit. */
const LARGEST_GROUP = 256;

export function createCommitQueue(db: SqliteDatabase, hooks: CommitHooks): CommitQueue {
  const waiting: Waiting[] = [];
  let isScheduled = false;
  let isClosed = false;

  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      commitGroup(db, hooks, waiting.splice(0, LARGEST_GROUP));
      if (waiting.length > 0) schedule();
    });
  };

  return {
    run<T>(job: () => T) {
      if (isClosed) return Promise.reject<T>(storeClosed());
      return new Promise<T>((resolve, reject) => {
        waiting.push({ job, resolve: (value) => resolve(value as T), reject });
        schedule();
      });
    },
    close() {
      isClosed = true;
      while (waiting.length > 0) commitGroup(db, hooks, waiting.splice(0, LARGEST_GROUP));
    },
  };
}

function commitGroup(db: SqliteDatabase, hooks: CommitHooks, group: readonly Waiting[]): void {
  if (group.length === 0) return;
  const answers: (() => void)[] = [];
  try {
    hooks.begin();
    db.exec('BEGIN IMMEDIATE');
    for (const one of group) answers.push(runJob(one));
    hooks.beforeCommit();
    db.exec('COMMIT');
  } catch (thrown) {
    rollback(db);
    hooks.rolledBack();
    for (const { reject } of group) reject(toStoreError(thrown));
    return;
  }
  hooks.committed();
  for (const answer of answers) answer();
}

function runJob({ job, resolve, reject }: Waiting): () => void {
  try {
    const value = job();
    return () => resolve(value);
  } catch (thrown) {
    if (!(thrown instanceof StoreError)) throw thrown;
    return () => reject(thrown);
  }
}

/** SQLite has rolled back by itself after some errors (a full disk among them), and then refuses this. */
function rollback(db: SqliteDatabase): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // Nothing to undo.
  }
}
