import { checkRange, checkTtl, checkTxn, checkWatch, DEFAULT_LIMITS } from '../check-request.ts';
import { storeClosed } from '../errors.ts';
import type { Store, StoreLimits } from '../store.ts';
import { systemTime, type Time } from '../time.ts';
import { backupTo } from './backup.ts';
import { createCommitQueue } from './commit-queue.ts';
import { compactStep, DEFAULT_RETENTION, type Retention } from './compaction.ts';
import { createLeases } from './leases.ts';
import { createLedger } from './ledger.ts';
import { IN_MEMORY, openFile, type OpenFile } from './open-file.ts';
import { rangeAt } from './range.ts';
import { createReader } from './reader.ts';
import { coded } from './sqlite-errors.ts';
import { createTables } from './tables.ts';
import { runTxn } from './txn.ts';
import { createWatchHub } from './watch-hub.ts';

/** What only the embedded store can do. */
export interface EmbeddedStore extends Store {
  /** Copies the store to a new file, consistent and checked, while it goes on working. */
  backup(path: string): Promise<void>;
  /** Forgets history up to and including this revision now, instead of when the retention says so. */
  compact(revision: number): Promise<void>;
}

export interface EmbeddedStoreOptions {
  /** The store file; its folder must exist. `:memory:` is a store for tests, gone when closed. */
  readonly path: string;
  /** Opens beside the server that owns the file: `range` and `backup` work, everything else is refused. */
  readonly readOnly?: boolean;
  readonly time?: Time;
  readonly limits?: Partial<StoreLimits>;
  readonly retention?: Partial<Retention>;
  /** The file may not grow beyond it; the store is full then. Default: as large as the disk lets it. */
  readonly maxFileBytes?: number;
}

/**
 * Opens a store in a SQLite file. One process at a time may write to it.
 * Throws `store-locked`, `store-corrupt`, `store-incompatible`, `store-full` or `store-unavailable`.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { path, readOnly = false, maxFileBytes } = options;
  const isReader = readOnly && path !== IN_MEMORY;
  const file = await openFile(path, isReader);
  try {
    if (maxFileBytes !== undefined) limitSize(file, maxFileBytes);
    return coded(() => (isReader ? createReader(file, options.limits) : createStore(file, options)));
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

function createStore(file: OpenFile, options: EmbeddedStoreOptions): EmbeddedStore {
  const { time = systemTime } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const retention = { ...DEFAULT_RETENTION, ...options.retention };
  const { db } = file;
  const tables = createTables(db);
  const ledger = createLedger(tables);
  const hub = createWatchHub(tables, ledger);
  const queue = createCommitQueue(db, {
    begin: () => ledger.mark(),
    beforeCommit: () => compactStep(tables, ledger, retention),
    committed: () => hub.committed(ledger.commit()),
    rolledBack: () => ledger.rollback(),
  });
  const leases = createLeases({ db, tables, ledger, queue, time });
  const context = { tables, ledger, checkLease: (id: string) => leases.check(id) };
  let isClosed = false;

  const checkOpen = (): void => {
    if (isClosed) throw storeClosed();
  };

  return {
    limits,
    async range(request) {
      checkOpen();
      checkRange(request, limits);
      return coded(() => rangeAt(tables, ledger, request));
    },
    async txn(request) {
      checkOpen();
      checkTxn(request, limits);
      return queue.run(() => runTxn(context, request));
    },
    watch(request) {
      checkOpen();
      checkWatch(request, limits);
      return hub.watch(request);
    },
    async grant(ttlMs) {
      checkOpen();
      checkTtl(ttlMs);
      return leases.grant(ttlMs);
    },
    async keepAlive(id) {
      checkOpen();
      leases.keepAlive(id);
    },
    async revoke(id) {
      checkOpen();
      return leases.revoke(id);
    },
    async backup(path) {
      checkOpen();
      return backupTo(db, path);
    },
    async compact(revision) {
      return queue.run(() => ledger.compact(revision));
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      leases.close();
      queue.close();
      hub.close();
      coded(() => file.close());
    },
  };
}

/** PRAGMA max_page_count counts pages; a new file has SQLite's default of 4096 bytes each. */
function limitSize({ db }: OpenFile, bytes: number): void {
  const { page_size } = db.prepare('PRAGMA page_size').get() as { readonly page_size: number };
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(bytes / page_size))}`);
}
