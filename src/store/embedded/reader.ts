import { checkRange, DEFAULT_LIMITS } from '../check-request.ts';
import { storeClosed, StoreError } from '../errors.ts';
import type { StoreLimits } from '../store.ts';
import { backupTo } from './backup.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import type { OpenFile } from './open-file.ts';
import { rangeAt } from './range.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { coded } from './sqlite-errors.ts';
import { createTables } from './tables.ts';

/** The store beside the server that owns the file: reads and copies, and refuses the rest with `store-read-only`. */
export function createReader(file: OpenFile, limits: Partial<StoreLimits> = {}): EmbeddedStore {
  const { db } = file;
  const tables = createTables(db);
  const allLimits = { ...DEFAULT_LIMITS, ...limits };
  let isClosed = false;
  const checkOpen = (): void => {
    if (isClosed) throw storeClosed();
  };
  return {
    limits: allLimits,
    async range(request) {
      checkOpen();
      checkRange(request, allLimits);
      return inOneMoment(db, () => rangeAt(tables, tables.head(), request));
    },
    async backup(path) {
      checkOpen();
      return backupTo(db, path);
    },
    txn: refuse,
    watch: throwReadOnly,
    grant: refuse,
    keepAlive: refuse,
    revoke: refuse,
    compact: refuse,
    async close() {
      if (!isClosed) file.close();
      isClosed = true;
    },
  };
}

/** The owner may commit between two statements; inside a transaction both see the same state. */
function inOneMoment<T>(db: SqliteDatabase, run: () => T): T {
  return coded(() => {
    db.exec('BEGIN');
    try {
      return run();
    } finally {
      db.exec('COMMIT');
    }
  });
}

async function refuse(): Promise<never> {
  throwReadOnly();
}

function throwReadOnly(): never {
  throw new StoreError('store-read-only', 'this store was opened for reading only');
}
