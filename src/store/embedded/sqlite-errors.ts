import { errorText, systemErrorCode } from '../../lib/index.ts';
import { storeClosed, StoreError, type StoreErrorCode } from '../errors.ts';

interface Meaning {
  readonly code: StoreErrorCode;
  readonly text: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const FULL: Meaning = {
  code: 'store-full',
  text: 'no space left for the store',
  hint: 'Free space on its file system; the store goes on by itself then.',
  retryable: true,
};
const CORRUPT: Meaning = {
  code: 'store-corrupt',
  text: 'the store file is damaged, or is no store file',
  hint: 'Stop the server, put the file and its -wal and -shm files aside, and restore the last backup.',
};
const BUSY: Meaning = {
  code: 'store-unavailable',
  text: 'another program holds the store file',
  hint: 'Close the program that has it open, an sqlite3 shell perhaps.',
  retryable: true,
};

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  5: BUSY,
  6: BUSY,
  8: {
    code: 'store-read-only',
    text: 'the store cannot be written',
    hint: 'Check the owner and mode of the file and its folder, and that the file system is mounted writable.',
  },
  10: {
    code: 'store-unavailable',
    text: 'reading or writing the store file failed',
    hint: 'Look at the kernel log for errors of the disk.',
    retryable: true,
  },
  11: CORRUPT,
  13: FULL,
  14: {
    code: 'store-unavailable',
    text: 'the store file cannot be opened',
    hint: 'Its folder must exist, and the user of this process must be allowed to write there.',
  },
  26: CORRUPT,
};

/** SQLITE_IOERR_SHMSIZE: the shared-memory file beside the store could not grow. */
const IOERR_SHMSIZE = 4874;

/** What `sqlite3_errstr` says: @photostructure/sqlite 1.2 tells no number when `all()` fails half-way. */
const CODE_BY_TEXT: Readonly<Record<string, number>> = {
  'database is locked': 5,
  'disk I/O error': 10,
  'database disk image is malformed': 11,
  'database or disk is full': 13,
  'file is not a database': 26,
};

/** Turns what SQLite throws into a coded error. Anything else is a bug of ours and passes as it is. */
export function toStoreError(thrown: unknown): unknown {
  if (thrown instanceof StoreError) return thrown;
  const code = systemErrorCode(thrown);
  if (code === 'ERR_INVALID_STATE') return storeClosed();
  return code === 'ERR_SQLITE_ERROR' ? fromSqlite(thrown) : thrown;
}

function fromSqlite(thrown: unknown): StoreError {
  const sqlite = sqliteCode(thrown);
  const { code, text, hint, retryable = false } = meaningOf(sqlite, thrown);
  return new StoreError(code, text, { hint, retryable, facts: { sqlite }, cause: thrown });
}

function sqliteCode(thrown: unknown): number {
  if (typeof thrown === 'object' && thrown !== null && 'errcode' in thrown) return Number(thrown.errcode);
  return CODE_BY_TEXT[errorText(thrown)] ?? 0;
}

function meaningOf(sqlite: number, thrown: unknown): Meaning {
  if (sqlite === IOERR_SHMSIZE) return FULL;
  // The low byte is the primary code, the rest says more exactly what happened.
  return (
    MEANINGS[sqlite & 0xff] ?? {
      code: 'store-unavailable',
      text: `SQLite refused: ${errorText(thrown)}`,
      hint: 'This should not happen: please report it.',
    }
  );
}

/** Runs something on SQLite; what it throws comes out coded. */
export function coded<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw toStoreError(thrown);
  }
}
