import { expect, it, onTestFinished } from 'vitest';
import type { Store, WatchBatch } from '../store.ts';
import { expectCode, opened, put, revisionOf, run, takeUntil, type OpenStore } from './harness.contract.ts';

export function watchContract(open: OpenStore): void {
  it('delivers one batch per revision, with what was there before', async () => {
    const { store } = await opened(open);
    const first = await put(store, 'a', '1');
    const second = await run(
      store,
      { type: 'put', key: 'b', value: '1' },
      { type: 'put', key: 'a', value: '2' },
    );
    const third = await run(store, { type: 'delete', prefix: '' });
    const batches = await takeUntil(
      store.watch({ prefix: '', fromRevision: first.revision }),
      third.revision,
    );
    expect(batches.map((batch) => batch.revision)).toEqual([first, second, third].map((r) => r.revision));
    expect(batches[1]?.events).toMatchObject([
      { type: 'put', key: 'a', value: '2', version: 2, previous: { value: '1', version: 1 } },
      { type: 'put', key: 'b', value: '1', version: 1 },
    ]);
    expect(batches[1]?.events[1]?.previous).toBeUndefined();
    expect(batches[2]?.events).toMatchObject([
      { type: 'delete', key: 'a', modRevision: third.revision, previous: { value: '2' } },
      { type: 'delete', key: 'b', modRevision: third.revision, previous: { value: '1' } },
    ]);
  });

  it('filters by key and by prefix', async () => {
    const { store } = await opened(open);
    const from = (await revisionOf(store)) + 1;
    for (const key of ['p/1', 'p', 'p/2', 'q']) await put(store, key, '');
    const end = await run(
      store,
      { type: 'put', key: 'p', value: '' },
      { type: 'put', key: 'p/3', value: '' },
    );
    const keysOf = (batches: WatchBatch[]) => batches.flatMap((b) => b.events.map((event) => event.key));
    const prefix = await takeUntil(store.watch({ prefix: 'p/', fromRevision: from }), end.revision);
    expect(keysOf(prefix)).toEqual(['p/1', 'p/2', 'p/3']);
    const key = await takeUntil(store.watch({ key: 'p', fromRevision: from }), end.revision);
    expect(keysOf(key)).toEqual(['p', 'p']);
  });

  it('has no gap and no double while writers race and the consumer is slow', async () => {
    const { store } = await opened(open);
    const from = (await revisionOf(store)) + 1;
    const total = 1000;
    const watched = takeUntil(slowly(store.watch({ prefix: 'w/', fromRevision: from })), from + total - 1);
    await Promise.all(Array.from({ length: 10 }, (_, writer) => write(store, `w/${writer}`, total / 10)));
    const batches = await watched;
    expect(batches.map((batch) => batch.revision)).toEqual(Array.from({ length: total }, (_, i) => from + i));
    const versions = batches.flatMap((b) => b.events.map((e) => (e.type === 'put' ? e.version : 0)));
    expect(versions.reduce((sum, version) => sum + version, 0)).toBe((10 * (100 * 101)) / 2);
  });

  it('replays a long history, with small revisions and huge ones', async () => {
    const { store } = await opened(open);
    const from = (await revisionOf(store)) + 1;
    const total = 700;
    for (let i = 0; i < total; i += 7) {
      const ops = Array.from(
        { length: 7 },
        (_, j) => ({ type: 'put', key: `k${i + j}`, value: '' }) as const,
      );
      await store.txn({ success: ops });
    }
    const { revision } = await run(store, { type: 'delete', prefix: 'k' });
    await put(store, 'k', 'last');
    const batches = await takeUntil(store.watch({ prefix: '', fromRevision: from }), revision + 1);
    const wanted = [...Array.from({ length: total / 7 }, () => 7), total, 1];
    expect(batches.map((batch) => batch.events.length)).toEqual(wanted);
    expect(batches.map((batch) => batch.revision)).toEqual(wanted.map((_, i) => from + i));
  });

  it('gives several watchers the same history', async () => {
    const { store } = await opened(open);
    const from = (await revisionOf(store)) + 1;
    const watchers = Array.from({ length: 5 }, () =>
      takeUntil(store.watch({ prefix: '', fromRevision: from }), from + 99),
    );
    await write(store, 'a', 100);
    const [first, ...others] = await Promise.all(watchers);
    for (const other of others) expect(other).toEqual(first);
  });

  it('starts behind the current revision when none is given', async () => {
    const { store } = await opened(open);
    await put(store, 'a', 'old');
    const watch = store.watch({ key: 'a' });
    const { revision } = await put(store, 'a', 'new');
    expect(await takeUntil(watch, revision)).toMatchObject([{ revision, events: [{ value: 'new' }] }]);
  });

  it('waits for a revision yet to come', async () => {
    const { store } = await opened(open);
    const { revision } = await put(store, 'a', '0');
    const watched = takeUntil(store.watch({ key: 'a', fromRevision: revision + 3 }), revision + 3);
    await write(store, 'a', 3);
    expect((await watched).map((batch) => batch.revision)).toEqual([revision + 3]);
  });

  it('goes on where it was after a restart', async () => {
    const { store, reopen } = await opened(open);
    const { revision } = await put(store, 'a', '1');
    await put(store, 'a', '2');
    const again = await reopen();
    const third = await put(again, 'a', '3');
    const batches = await takeUntil(again.watch({ key: 'a', fromRevision: revision + 1 }), third.revision);
    expect(batches).toMatchObject([{ events: [{ value: '2' }] }, { events: [{ value: '3' }] }]);
  });

  it('refuses history that is gone', async () => {
    const { store, compact } = await opened(open);
    const { revision } = await put(store, 'a', '1');
    await write(store, 'a', 3);
    await compact(revision + 1);
    await expectCode(
      takeUntil(store.watch({ key: 'a', fromRevision: revision }), revision),
      'revision-compacted',
    );
    const rest = await takeUntil(store.watch({ key: 'a', fromRevision: revision + 2 }), revision + 3);
    expect(rest.map((batch) => batch.revision)).toEqual([revision + 2, revision + 3]);
  });

  it('does not lose a watcher of quiet keys to compaction', async () => {
    const { store, compact } = await opened(open);
    const from = (await revisionOf(store)) + 1;
    const watch = store.watch({ key: 'quiet', fromRevision: from })[Symbol.asyncIterator]();
    const next = watch.next();
    await write(store, 'busy', 20);
    await compact(from + 15);
    const { revision } = await put(store, 'quiet', '1');
    expect((await next).value).toMatchObject({ revision, events: [{ key: 'quiet' }] });
    await watch.return?.();
  });

  it('ends quietly when its signal aborts', async () => {
    const { store } = await opened(open);
    const stop = new AbortController();
    const watched = takeUntil(store.watch({ prefix: '', signal: stop.signal }), Infinity);
    stop.abort();
    expect(await watched).toEqual([]);
    expect(await takeUntil(store.watch({ prefix: '', signal: stop.signal }), Infinity)).toEqual([]);
  });

  it('ends many watches by one signal, without a warning', async () => {
    const { store } = await opened(open);
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const stop = new AbortController();
    const watches = Array.from({ length: 50 }, (_, i) =>
      takeUntil(store.watch({ key: `k${i}`, signal: stop.signal }), Infinity),
    );
    const { revision } = await put(store, 'k7', '1');
    stop.abort();
    const ended = await Promise.all(watches);
    // Aborting overtakes what is not delivered yet: at most that one batch arrived.
    expect(ended.flat().every((batch) => batch.revision === revision)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('tells a watcher that the store was closed', async () => {
    const { store } = await opened(open);
    const watched = takeUntil(store.watch({ prefix: '' }), Infinity);
    await Promise.all([expectCode(watched, 'store-closed'), store.close()]);
  });

  it('tells how far it has watched when asked for progress', async () => {
    const { store } = await opened(open);
    const from = (await revisionOf(store)) + 1;
    await put(store, 'a', '1');
    const { revision } = await put(store, 'other', '1');
    const batches = await takeUntil(store.watch({ key: 'a', fromRevision: from, progress: true }), revision);
    expect(batches.at(-1)).toEqual({ revision, events: [] });
    expect(batches.filter((batch) => batch.events.length > 0).map((b) => b.revision)).toEqual([from]);
  });
}

async function write(store: Store, key: string, times: number): Promise<void> {
  for (let i = 1; i <= times; i++) await put(store, key, String(i));
}

/** Lets writers have turns between two batches. */
async function* slowly(watch: AsyncIterable<WatchBatch>): AsyncGenerator<WatchBatch> {
  for await (const batch of watch) {
    if (batch.revision % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    yield batch;
  }
}
