import { keyRange, type Selector } from '../key-range.ts';
import { revisionCompacted, storeClosed } from '../errors.ts';
import type { WatchBatch, WatchEvent, WatchRequest } from '../store.ts';
import type { Ledger } from './ledger.ts';
import { toEvent, type ChangeRow } from './rows.ts';
import { coded } from './sqlite-errors.ts';
import type { Tables } from './tables.ts';

/**
 * Feeds watchers from the history. Each keeps nothing but the next revision it wants; one that has caught up sleeps
 * until a commit touches its keys.
 */
export interface WatchHub {
  watch(request: WatchRequest): AsyncIterable<WatchBatch>;
  /** After each commit, with the keys it changed. */
  committed(keys: readonly Uint8Array[]): void;
  close(): void;
}

/** A watcher that has seen everything up to `next - 1`. */
interface Sleeper {
  readonly touches: (key: Uint8Array) => boolean;
  readonly signal: AbortSignal | undefined;
  next: number;
  wake(): void;
}

/** Rows read at a time for one watcher: the most it holds in memory, one huge revision aside. */
const CHUNK_ROWS = 256;

export function createWatchHub(tables: Tables, ledger: Ledger): WatchHub {
  const sleepers = new Set<Sleeper>();
  const heard = new WeakSet<AbortSignal>();
  let isClosed = false;

  async function* batches(request: WatchRequest, from: number): AsyncGenerator<WatchBatch> {
    let told = from - 1;
    for (let next = from; !request.signal?.aborted;) {
      if (isClosed) throw storeClosed();
      const chunk = readChunk(tables, ledger, request, next);
      for (const batch of chunk.batches) {
        yield batch;
        if (request.signal?.aborted) return;
        told = batch.revision;
      }
      if (request.progress && chunk.next - 1 > told) {
        told = chunk.next - 1;
        yield { revision: told, events: [] };
      }
      // The consumer may have been away for long between two yields: look again before going to sleep.
      next = chunk.next > ledger.revision ? await sleep(request, chunk.next) : chunk.next;
    }
  }

  /** Until a commit touches the keys, the signal aborts or the store closes. Answers where to go on. */
  function sleep(request: WatchRequest, next: number): Promise<number> {
    const { signal } = request;
    const touches = request.progress ? () => true : inRange(request);
    return new Promise((resolve) => {
      if (isClosed || signal?.aborted) return resolve(next);
      if (signal) listen(signal);
      const sleeper: Sleeper = { touches, signal, next, wake };
      function wake(): void {
        sleepers.delete(sleeper);
        resolve(sleeper.next);
      }
      sleepers.add(sleeper);
    });
  }

  /** Once for each signal: one may stop a thousand watches, and Node warns of more than ten listeners. */
  function listen(signal: AbortSignal): void {
    if (heard.has(signal)) return;
    heard.add(signal);
    const wakeAll = (): void => {
      for (const sleeper of sleepers) if (sleeper.signal === signal) sleeper.wake();
    };
    signal.addEventListener('abort', wakeAll, { once: true });
  }

  return {
    watch: (request) => batches(request, request.fromRevision ?? ledger.revision + 1),
    committed(keys) {
      for (const sleeper of sleepers)
        if (sleeper.next <= ledger.revision) {
          if (keys.some(sleeper.touches)) sleeper.wake();
          // It missed nothing, and need not be told that compaction passed where it slept.
          else sleeper.next = ledger.revision + 1;
        }
    },
    close() {
      isClosed = true;
      for (const sleeper of sleepers) sleeper.wake();
    },
  };
}

interface Chunk {
  readonly batches: readonly WatchBatch[];
  readonly next: number;
}

function readChunk(tables: Tables, ledger: Ledger, selector: Selector, from: number): Chunk {
  if (from <= ledger.compactRevision) throw revisionCompacted(from, ledger.compactRevision);
  const head = ledger.revision;
  if (from > head) return { batches: [], next: from };
  const rows = coded(() => tables.changes(selector, from, CHUNK_ROWS));
  if (rows.length < CHUNK_ROWS) return { batches: toBatches(rows), next: head + 1 };
  const last = rows.at(-1)?.revision ?? from;
  const whole = rows.filter((row) => row.revision < last);
  if (whole.length > 0) return { batches: toBatches(whole), next: last };
  return { batches: toBatches(coded(() => tables.changesOf(selector, last))), next: last + 1 };
}

/** The rows come by revision. */
function toBatches(rows: readonly ChangeRow[]): WatchBatch[] {
  const batches: { revision: number; events: WatchEvent[] }[] = [];
  for (const row of rows) {
    const last = batches.at(-1);
    if (last?.revision === row.revision) last.events.push(toEvent(row));
    else batches.push({ revision: row.revision, events: [toEvent(row)] });
  }
  return batches;
}

function inRange(selector: Selector): (key: Uint8Array) => boolean {
  const { from, to } = keyRange(selector);
  return (key) => Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0;
}
