import { expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { expectCode, keys, opened, put, revisionOf, run, type OpenStore } from './harness.contract.ts';

export function rangeContract(open: OpenStore): void {
  it('orders keys by their UTF-8 bytes', async () => {
    const { store } = await opened(open);
    // JavaScript would put U+1F600 (a surrogate pair) before U+FFFD.
    for (const key of ['b', '\u{1F600}', 'a/2', '\uFFFD', 'a', 'a/10']) await put(store, key, '');
    expect(await keys(store)).toEqual(['a', 'a/10', 'a/2', 'b', '\uFFFD', '\u{1F600}']);
    const down = await store.range({ prefix: '', order: 'descending' });
    expect(down.entries.map((entry) => entry.key)).toEqual((await keys(store)).reverse());
  });

  it('reads exactly one key', async () => {
    const { store } = await opened(open);
    for (const key of ['a', 'a\0', 'aa']) await put(store, key, '');
    expect((await store.range({ key: 'a' })).entries.map((entry) => entry.key)).toEqual(['a']);
  });

  it.each(['ascending', 'descending'] as const)('pages %s without gap or double', async (order) => {
    const { store } = await opened(open);
    for (let i = 0; i < 10; i++) await put(store, `p/${i}`, '');
    await put(store, 'p', '');
    await put(store, 'q', '');
    const pages = await allPages(store, order);
    expect(pages.map((page) => page.length)).toEqual([4, 4, 2]);
    const wanted = Array.from({ length: 10 }, (_, i) => `p/${i}`);
    expect(pages.flat()).toEqual(order === 'ascending' ? wanted : wanted.reverse());
  });

  it('tells that there is no more when the page is exactly full', async () => {
    const { store } = await opened(open);
    for (const key of ['a', 'b']) await put(store, key, '');
    expect((await store.range({ prefix: '', limit: 2 })).more).toBe(false);
    expect((await store.range({ prefix: '', limit: 1 })).more).toBe(true);
  });

  it('ignores an `after` outside of the prefix', async () => {
    const { store } = await opened(open);
    for (const key of ['a', 'p/1', 'z']) await put(store, key, '');
    const page = async (after: string, order: 'ascending' | 'descending') =>
      (await store.range({ prefix: 'p/', after, order })).entries.map((entry) => entry.key);
    expect(await page('a', 'ascending')).toEqual(['p/1']);
    expect(await page('z', 'ascending')).toEqual([]);
    expect(await page('z', 'descending')).toEqual(['p/1']);
    expect(await page('a', 'descending')).toEqual([]);
  });

  it('reads the store as it stood at a revision', async () => {
    const { store } = await opened(open);
    await put(store, 'a', '1');
    const { revision } = await put(store, 'b', '1');
    await put(store, 'a', '2');
    await run(store, { type: 'delete', key: 'b' }, { type: 'put', key: 'c', value: '3' });
    await put(store, 'b', 'again');
    const then = await store.range({ prefix: '', atRevision: revision });
    expect(then.entries.map(({ key, value, version }) => [key, value, version])).toEqual([
      ['a', '1', 1],
      ['b', '1', 1],
    ]);
    expect(then.revision).toBe(await revisionOf(store));
    expect((await store.range({ prefix: '', atRevision: revision, limit: 1 })).more).toBe(true);
  });

  it('refuses revisions that are gone or yet to come', async () => {
    const { store, compact } = await opened(open);
    const { revision } = await put(store, 'a', '1');
    await put(store, 'a', '2');
    const last = await put(store, 'a', '3');
    await compact(revision + 1);
    await expectCode(store.range({ key: 'a', atRevision: revision }), 'revision-compacted');
    await expectCode(store.range({ key: 'a', atRevision: last.revision + 1 }), 'revision-future');
    const oldest = await store.range({ key: 'a', atRevision: revision + 1 });
    expect(oldest.entries).toMatchObject([{ value: '2' }]);
  });

  it('refuses a limit that is none', async () => {
    const { store } = await opened(open);
    await expectCode(store.range({ prefix: '', limit: 0 }), 'invalid-request');
    await expectCode(store.range({ prefix: '', limit: 1.5 }), 'invalid-request');
  });
}

async function allPages(store: Store, order: 'ascending' | 'descending'): Promise<string[][]> {
  const pages: string[][] = [];
  for (let more = true, after: string | undefined; more; after = pages.at(-1)?.at(-1)) {
    const page = await store.range({
      prefix: 'p/',
      limit: 4,
      order,
      ...(after === undefined ? {} : { after }),
    });
    pages.push(page.entries.map((entry) => entry.key));
    more = page.more;
  }
  return pages;
}
