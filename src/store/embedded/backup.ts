import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '../errors.ts';
import { checkIntegrity } from './open-file.ts';
import { createPrivateFile, fileError } from './private-file.ts';
import { loadSqlite, type SqliteDatabase } from './sqlite-driver.ts';
import { coded } from './sqlite-errors.ts';

/**
 * Writes a copy of the store as it stands, compacted, checked and on the disk before it gets its name. The file must
 * not exist yet. To restore it, stop the server and put it in the place of the store file (without -wal and -shm).
 * The event loop waits: about a second for 100 MB.
 */
export async function backupTo(db: SqliteDatabase, path: string): Promise<void> {
  if (existsSync(path))
    throw new StoreError('invalid-request', `${path} exists already`, { hint: 'Name a new file.' });
  const part = `${path}.part`;
  try {
    rmSync(part, { force: true });
    createPrivateFile(part);
    coded(() => db.prepare('VACUUM INTO ?').run(part));
    await checkCopy(part);
    publish(part, path);
  } catch (thrown) {
    rmSync(part, { force: true });
    throw thrown instanceof StoreError ? thrown : fileError(path, thrown);
  }
}

async function checkCopy(path: string): Promise<void> {
  const driver = await loadSqlite();
  const copy = coded(() => driver.open(path, { readOnly: true }));
  try {
    coded(() => checkIntegrity(copy));
  } finally {
    copy.close();
  }
}

function publish(part: string, path: string): void {
  syncFile(part);
  renameSync(part, path);
  syncFile(dirname(path));
}

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
