import { isStoreError, StoreError } from '../errors.ts';
import { createPrivateFile } from './private-file.ts';
import type { SqliteDriver } from './sqlite-driver.ts';
import { coded } from './sqlite-errors.ts';

/**
 * One writer at a time for a store file: an exclusive SQLite transaction, never ended, on an empty file beside it.
 * It is a lock of the operating system, so it goes with the process even at kill -9, and no stale one can stay.
 * (The store file itself cannot carry it: a lock for ever on that one would shut out readers.)
 * Throws `store-locked`. The function returned gives it up.
 */
export function lockForWriting(driver: SqliteDriver, path: string): () => void {
  const lockPath = `${path}.lock`;
  createPrivateFile(lockPath);
  const db = coded(() => driver.open(lockPath, { timeout: 0 }));
  try {
    coded(() => db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'));
  } catch (thrown) {
    db.close();
    throw isBusy(thrown) ? locked(path) : thrown;
  }
  return () => db.close();
}

const SQLITE_BUSY = 5;

function isBusy(thrown: unknown): boolean {
  return isStoreError(thrown) && thrown.facts['sqlite'] === SQLITE_BUSY;
}

function locked(path: string): StoreError {
  return new StoreError('store-locked', `${path} is in use by another process`, {
    hint: `One server owns a store file. Find the other with: fuser ${path}.lock`,
    facts: { path },
  });
}
