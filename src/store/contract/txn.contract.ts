import { expect, it } from 'vitest';
import { expectCode, keys, opened, put, read, revisionOf, run, type OpenStore } from './harness.contract.ts';

export function txnContract(open: OpenStore): void {
  it('counts revisions and versions', async () => {
    const { store } = await opened(open);
    const first = await put(store, 'a', '1');
    const second = await put(store, 'a', '2');
    expect(second.revision).toBe(first.revision + 1);
    const [created, changed] = [first.revision, second.revision];
    expect(await read(store, 'a')).toEqual({
      key: 'a',
      value: '2',
      version: 2,
      createRevision: created,
      modRevision: changed,
    });
  });

  it('gives a key that was deleted and put again a new life', async () => {
    const { store } = await opened(open);
    await put(store, 'a', '1');
    await run(store, { type: 'delete', key: 'a' });
    const { revision } = await put(store, 'a', '2');
    expect(await read(store, 'a')).toMatchObject({ version: 1, createRevision: revision });
  });

  it('changes several keys at one revision', async () => {
    const { store } = await opened(open);
    const { revision } = await run(
      store,
      { type: 'put', key: 'a', value: '1' },
      { type: 'put', key: 'b', value: '2' },
    );
    const { entries } = await store.range({ prefix: '' });
    expect(entries.map((entry) => entry.modRevision)).toEqual([revision, revision]);
  });

  it('leaves the revision alone when nothing changes', async () => {
    const { store } = await opened(open);
    const { revision } = await put(store, 'a', '1');
    const result = await run(store, { type: 'delete', key: 'none' }, { type: 'range', key: 'a' });
    expect(result.revision).toBe(revision);
    expect(await revisionOf(store)).toBe(revision);
  });

  it('runs the success branch only when every compare over several keys holds', async () => {
    const { store } = await opened(open);
    const { revision } = await put(store, 'a', '1');
    await put(store, 'b', '1');
    const swap = (rev: number) =>
      store.txn({
        compare: [
          { key: 'a', target: 'modRevision', op: '=', value: rev },
          { key: 'b', target: 'value', op: '=', value: '1' },
          { key: 'c', target: 'createRevision', op: '=', value: 0 },
        ],
        success: [{ type: 'put', key: 'c', value: 'won' }],
        failure: [{ type: 'range', key: 'c' }],
      });
    expect((await swap(revision + 5)).succeeded).toBe(false);
    expect(await read(store, 'c')).toBeUndefined();
    expect((await swap(revision)).succeeded).toBe(true);
    const lost = await swap(revision);
    expect(lost.succeeded).toBe(false);
    expect(lost.responses).toMatchObject([{ type: 'range', entries: [{ key: 'c', value: 'won' }] }]);
  });

  it('lets one of many racing writers win a compare', async () => {
    const { store } = await opened(open);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, writer) =>
        store.txn({
          compare: [{ key: 'a', target: 'version', op: '=', value: 0 }],
          success: [{ type: 'put', key: 'a', value: String(writer) }],
        }),
      ),
    );
    expect(results.filter((result) => result.succeeded)).toHaveLength(1);
    expect((await read(store, 'a'))?.version).toBe(1);
  });

  it.each([
    ['version', '>', 0, false],
    ['version', '<', 1, true],
    ['modRevision', '!=', 0, false],
    ['value', '=', '', false],
    ['value', '!=', 'x', false],
  ] as const)('compares a missing key: %s %s %s is %s', async (target, op, value, expected) => {
    const { store } = await opened(open);
    const compare = target === 'value' ? { key: 'a', target, op, value } : { key: 'a', target, op, value };
    expect((await store.txn({ compare: [compare] })).succeeded).toBe(expected);
  });

  it('compares values by their bytes', async () => {
    const { store } = await opened(open);
    await put(store, 'a', '\u{1F600}');
    const higher = { key: 'a', target: 'value', op: '>', value: '\uFFFD' } as const;
    expect((await store.txn({ compare: [higher] })).succeeded).toBe(true);
  });

  it('shows a range what the operations before it did', async () => {
    const { store } = await opened(open);
    await put(store, 'p/1', '1');
    const { responses } = await run(
      store,
      { type: 'delete', prefix: 'p/' },
      { type: 'put', key: 'q', value: '2' },
      { type: 'range', prefix: '' },
    );
    expect(responses).toMatchObject([
      { type: 'delete', deleted: 1 },
      { type: 'put' },
      { type: 'range', entries: [{ key: 'q' }], more: false },
    ]);
  });

  it('deletes exactly the keys under a prefix', async () => {
    const { store } = await opened(open);
    for (const key of ['p', 'p/', 'p/a', 'p/\u{10FFFF}', 'p0', 'o']) await put(store, key, '');
    const { responses } = await run(store, { type: 'delete', prefix: 'p/' });
    expect(responses).toEqual([{ type: 'delete', deleted: 3 }]);
    expect(await keys(store)).toEqual(['o', 'p', 'p0']);
  });

  it('keeps any unicode, in keys and values', async () => {
    const { store } = await opened(open);
    const texts = ['\0', 'a\0b', '\uFEFFbom', 'é', 'e\u0301', '\u{1F600}', '\uFFFF', '\u{10FFFF}', "'; --"];
    for (const text of texts) await put(store, `k${text}`, text);
    for (const text of texts) expect((await read(store, `k${text}`))?.value).toBe(text);
    expect((await put(store, 'empty', '')).succeeded).toBe(true);
    expect((await read(store, 'empty'))?.value).toBe('');
  });

  it('refuses what no store can keep', async () => {
    const { store } = await opened(open);
    const { valueBytes, txnOps, keyBytes } = store.limits;
    await expectCode(put(store, '', ''), 'invalid-request');
    await expectCode(put(store, 'a\uD800', ''), 'invalid-request');
    await expectCode(put(store, 'a', '\uDC00'), 'invalid-request');
    await expectCode(put(store, 'a', 'x'.repeat(valueBytes + 1)), 'value-too-large');
    await expectCode(put(store, 'x'.repeat(keyBytes + 1), ''), 'value-too-large');
    const many = Array.from({ length: txnOps + 1 }, (_, i) => ({
      type: 'put' as const,
      key: `k${i}`,
      value: '',
    }));
    await expectCode(run(store, ...many), 'txn-too-large');
    expect(await keys(store)).toEqual([]);
  });

  it('refuses to change a key twice in one transaction', async () => {
    const { store } = await opened(open);
    const a = { type: 'put', key: 'a', value: '' } as const;
    await expectCode(run(store, a, a), 'invalid-request');
    await expectCode(run(store, a, { type: 'delete', key: 'a' }), 'invalid-request');
    await expectCode(run(store, { type: 'delete', prefix: '' }, a), 'invalid-request');
  });

  it('keeps everything across a restart', async () => {
    const { store, reopen } = await opened(open);
    const { revision } = await put(store, 'a', '1');
    const again = await reopen();
    expect(await read(again, 'a')).toMatchObject({ value: '1', modRevision: revision });
    expect((await put(again, 'b', '1')).revision).toBe(revision + 1);
  });

  it('finishes what was called before close, and refuses what comes after', async () => {
    const { store, reopen } = await opened(open);
    const pending = put(store, 'a', '1');
    await store.close();
    await pending;
    await expectCode(put(store, 'b', '1'), 'store-closed');
    await expectCode(store.range({ key: 'a' }), 'store-closed');
    expect(await keys(await reopen())).toEqual(['a']);
  });
}
