import { describe, expect, it, onTestFinished } from 'vitest';
import { expectCode, put, revisionOf, takeUntil } from '../contract/harness.contract.ts';
import { openEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from './embedded-store.ts';

async function open(retention: EmbeddedStoreOptions['retention']): Promise<EmbeddedStore> {
  const store = await openEmbeddedStore({ path: ':memory:', ...(retention ? { retention } : {}) });
  onTestFinished(() => store.close());
  return store;
}

async function write(store: EmbeddedStore, times: number, value = ''): Promise<void> {
  for (let i = 0; i < times; i++) await put(store, `k${i % 10}`, value);
}

async function oldest(store: EmbeddedStore): Promise<number> {
  for (let revision = 1; ; revision++) {
    const found = await takeUntil(store.watch({ prefix: '', fromRevision: revision }), revision).catch(
      () => [],
    );
    if (found.length > 0) return revision;
  }
}

describe('the history of an embedded store', () => {
  it('keeps the last revisions, give or take a tenth', async () => {
    const store = await open({ revisions: 100 });
    await write(store, 1000);
    const kept = 1000 - (await oldest(store)) + 1;
    expect(kept).toBeGreaterThanOrEqual(100);
    expect(kept).toBeLessThanOrEqual(111);
  });

  it('keeps at most so many bytes', async () => {
    const store = await open({ bytes: 100_000 });
    await write(store, 500, 'x'.repeat(1000));
    const kept = 500 - (await oldest(store)) + 1;
    // Each change holds the value before and after.
    expect(kept).toBeGreaterThan(40);
    expect(kept).toBeLessThan(60);
  });

  it('keeps its revision even when everything else is forgotten', async () => {
    const store = await open({ revisions: 1, bytes: 1 });
    await write(store, 50);
    await store.compact(1000);
    expect(await revisionOf(store)).toBe(50);
    expect((await put(store, 'a', '')).revision).toBe(51);
  });

  it('tells a watcher that was too slow, instead of skipping', async () => {
    const store = await open({ revisions: 300 });
    const watch = store.watch({ prefix: '', fromRevision: 1 })[Symbol.asyncIterator]();
    await write(store, 10);
    await watch.next();
    await write(store, 1000);
    const rest = async (): Promise<void> => {
      for (let step = await watch.next(); !step.done; step = await watch.next());
    };
    await expectCode(rest(), 'revision-compacted');
  });
});
