import { expect, it } from 'vitest';
import { expectCode, keys, opened, put, read, revisionOf, run, takeUntil } from './harness.contract.ts';
import type { OpenStore } from './harness.contract.ts';

/** Whole seconds, as etcd wants them. */
const TTL_MS = 10_000;

export function leaseContract(open: OpenStore): void {
  it('deletes all keys of a lease in one revision when it expires', async () => {
    const { store, advance } = await opened(open);
    const lease = await store.grant(TTL_MS);
    await put(store, 'a', '1', lease.id);
    await put(store, 'b', '1', lease.id);
    const { revision } = await put(store, 'c', '1');
    expect((await read(store, 'a'))?.lease).toBe(lease.id);
    await advance(lease.ttlMs + 1000);
    const [batch] = await takeUntil(store.watch({ prefix: '', fromRevision: revision + 1 }), revision + 1);
    expect(batch?.events).toMatchObject([
      { type: 'delete', key: 'a' },
      { type: 'delete', key: 'b' },
    ]);
    expect(await keys(store)).toEqual(['c']);
  });

  it('lives as long as it is kept alive', async () => {
    const { store, advance } = await opened(open);
    const lease = await store.grant(TTL_MS);
    await put(store, 'a', '1', lease.id);
    for (let i = 0; i < 4; i++) {
      await advance(lease.ttlMs / 2);
      await store.keepAlive(lease.id);
    }
    expect(await keys(store)).toEqual(['a']);
  });

  it('cannot be kept alive or used once it expired', async () => {
    const { store, advance } = await opened(open);
    const lease = await store.grant(TTL_MS);
    await advance(lease.ttlMs + 1000);
    await expectCode(store.keepAlive(lease.id), 'lease-not-found');
    await expectCode(store.revoke(lease.id), 'lease-not-found');
    await expectCode(put(store, 'a', '1', lease.id), 'lease-not-found');
    await expectCode(put(store, 'a', '1', '424242'), 'lease-not-found');
    expect(await keys(store)).toEqual([]);
  });

  it('takes its keys along when revoked', async () => {
    const { store } = await opened(open);
    const [one, two] = [await store.grant(TTL_MS), await store.grant(TTL_MS)];
    await put(store, 'a', '1', one.id);
    await put(store, 'b', '1', two.id);
    await store.revoke(one.id);
    expect(await keys(store)).toEqual(['b']);
  });

  it('lets no key slip in behind a revoke', async () => {
    const { store } = await opened(open);
    const lease = await store.grant(TTL_MS);
    const [, late] = await Promise.allSettled([store.revoke(lease.id), put(store, 'a', '1', lease.id)]);
    expect(late.status).toBe('rejected');
    expect(await keys(store)).toEqual([]);
  });

  it('holds a key only by the lease of its last put', async () => {
    const { store } = await opened(open);
    const lease = await store.grant(TTL_MS);
    await put(store, 'a', '1', lease.id);
    await put(store, 'a', '2');
    const before = await revisionOf(store);
    await store.revoke(lease.id);
    expect(await read(store, 'a')).toMatchObject({ value: '2', version: 2 });
    expect(await revisionOf(store)).toBe(before);
  });

  it('gives a lease its full time again after a restart, and ends it then', async () => {
    const { store, advance, reopen } = await opened(open);
    const lease = await store.grant(TTL_MS);
    await put(store, 'a', '1', lease.id);
    await advance(lease.ttlMs / 2);
    const again = await reopen();
    await advance(lease.ttlMs * 0.7);
    expect(await keys(again)).toEqual(['a']);
    await again.keepAlive(lease.id);
    const { revision } = await run(again, { type: 'put', key: 'b', value: '' });
    await advance(lease.ttlMs + 1000);
    await takeUntil(again.watch({ key: 'a', fromRevision: revision + 1 }), revision + 1);
    expect(await keys(again)).toEqual(['b']);
  });

  it('refuses a lease of no time', async () => {
    const { store } = await opened(open);
    await expectCode(store.grant(0), 'invalid-request');
    await expectCode(store.grant(Number.NaN), 'invalid-request');
  });
}
