import { chmodSync, closeSync, openSync } from 'node:fs';
import { systemErrorCode } from '../../lib/index.ts';
import { StoreError } from '../errors.ts';

/**
 * Makes sure that the file is there and readable by its owner alone: the store holds digests of credentials.
 * Never opens a file that exists: closing it again would drop the POSIX locks that SQLite in this process holds on it.
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'EEXIST') throw fileError(path, thrown);
    makePrivate(path);
  }
}

function makePrivate(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch (thrown) {
    throw fileError(path, thrown);
  }
}

/** A file system error as the store's own. */
export function fileError(path: string, thrown: unknown): StoreError {
  const reason = systemErrorCode(thrown) ?? 'unknown';
  const isFull = reason === 'ENOSPC' || reason === 'EDQUOT';
  return new StoreError(isFull ? 'store-full' : 'store-unavailable', `${path}: ${reason}`, {
    hint: isFull
      ? 'Free space on its file system.'
      : 'Its folder must exist, and the user of this process must own the file and be allowed to write there.',
    retryable: isFull,
    facts: { path, reason },
    cause: thrown,
  });
}
