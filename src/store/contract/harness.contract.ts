import { expect, onTestFinished } from 'vitest';
import type { StoreErrorCode } from '../errors.ts';
import type { Entry, Op, Store, TxnResult, WatchBatch } from '../store.ts';
import type { Time } from '../time.ts';

/** One empty store, with its time in the hands of the suite. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly time: Time;
  /** Lets that much time pass for the store, and what it does about it begin. */
  readonly advance: (ms: number) => Promise<void>;
  /** Closes the store and opens the same data again. */
  readonly reopen: () => Promise<Store>;
  /** Forgets history up to this revision. */
  readonly compact: (revision: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export type OpenStore = () => Promise<StoreUnderTest>;

export async function opened(open: OpenStore): Promise<StoreUnderTest> {
  const under = await open();
  onTestFinished(() => under.close());
  return under;
}

export function put(store: Store, key: string, value: string, lease?: string): Promise<TxnResult> {
  return store.txn({ success: [{ type: 'put', key, value, ...(lease === undefined ? {} : { lease }) }] });
}

export function run(store: Store, ...success: Op[]): Promise<TxnResult> {
  return store.txn({ success });
}

export async function read(store: Store, key: string): Promise<Entry | undefined> {
  return (await store.range({ key })).entries[0];
}

export async function keys(store: Store, prefix = ''): Promise<string[]> {
  return (await store.range({ prefix })).entries.map((entry) => entry.key);
}

export async function revisionOf(store: Store): Promise<number> {
  return (await store.range({ key: 'any' })).revision;
}

/** Takes batches until one reaches the revision. */
export async function takeUntil(watch: AsyncIterable<WatchBatch>, revision: number): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  for await (const batch of watch) {
    batches.push(batch);
    if (batch.revision >= revision) break;
  }
  return batches;
}

export async function expectCode(promise: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'StoreError', code });
}
