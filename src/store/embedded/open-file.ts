import { statSync } from 'node:fs';
import { StoreError } from '../errors.ts';
import { createPrivateFile } from './private-file.ts';
import { lockForWriting } from './process-lock.ts';
import { checkSchema, prepareSchema } from './schema.ts';
import { loadSqlite, type SqliteDatabase, type SqliteDriver } from './sqlite-driver.ts';
import { coded } from './sqlite-errors.ts';

export const IN_MEMORY = ':memory:';

export interface OpenFile {
  readonly db: SqliteDatabase;
  close(): void;
}

/** How long a commit waits for a program that has the file open besides us, before `store-unavailable`. */
const BUSY_TIMEOUT_MS = 2000;

/**
 * FULL: each commit is on the disk before it is acknowledged; in WAL mode the default of some builds is not.
 * The WAL is cut back to the size limit at each checkpoint, so one burst does not keep its space for ever.
 */
const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 67108864;
PRAGMA cell_size_check = ON;
`;

/** Opens the store file, made if need be, and holds its lock until closed. */
export async function openFile(path: string, readOnly: boolean): Promise<OpenFile> {
  const driver = await loadSqlite();
  if (path === IN_MEMORY) return openMemory(driver);
  return readOnly ? openReader(driver, path) : openWriter(driver, path);
}

function openMemory(driver: SqliteDriver): OpenFile {
  const db = driver.open(IN_MEMORY, {});
  prepareSchema(db);
  return { db, close: () => db.close() };
}

function openReader(driver: SqliteDriver, path: string): OpenFile {
  const db = coded(() => driver.open(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS }));
  return closeOnError(db, () => {
    checkSchema(db);
    return { db, close: () => db.close() };
  });
}

function openWriter(driver: SqliteDriver, path: string): OpenFile {
  const unlock = lockForWriting(driver, path);
  try {
    return openLocked(driver, path, unlock);
  } catch (thrown) {
    unlock();
    throw thrown;
  }
}

function openLocked(driver: SqliteDriver, path: string, unlock: () => void): OpenFile {
  const wasKilled = hasContent(`${path}-wal`);
  createPrivateFile(path);
  const db = coded(() => driver.open(path, { timeout: BUSY_TIMEOUT_MS }));
  return closeOnError(db, () => {
    db.exec(PRAGMAS);
    if (wasKilled) checkIntegrity(db);
    prepareSchema(db);
    const close = (): void => {
      emptyWal(db);
      try {
        db.close();
      } finally {
        unlock();
      }
    };
    return { db, close };
  });
}

/** A store that was closed leaves no WAL, or an empty one: content in it means that its process was killed. */
function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function emptyWal(db: SqliteDatabase): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A full disk, or a reader in the way: nothing is lost, the WAL is read at the next start.
  }
}

/** Reads the whole file: about a second for 300 MB. Not worth it after a clean end. */
export function checkIntegrity(db: SqliteDatabase): void {
  const row = db.prepare('PRAGMA quick_check(1)').get() as { readonly quick_check?: string } | undefined;
  if (row?.quick_check === 'ok') return;
  throw new StoreError('store-corrupt', 'the store file is damaged', {
    hint: 'Put the file and its -wal and -shm files aside, and restore the last backup.',
    facts: { found: row?.quick_check },
  });
}

function closeOnError<T>(db: SqliteDatabase, run: () => T): T {
  try {
    return coded(run);
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}
