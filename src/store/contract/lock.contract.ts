import { describe, expect, it } from 'vitest';
import { StoreError } from '../errors.ts';
import type { Lock } from '../held-lock.ts';
import { acquireLock, listLocks, lockKey } from '../locks.ts';
import type { Store } from '../store.ts';
import { expectCode, keys, opened, run, type OpenStore } from './harness.contract.ts';

const TTL_MS = 10_000;

function request(owner: string) {
  return { scope: 'rollout', owner, reason: `${owner} deploys`, ttlMs: TTL_MS };
}

export function lockContract(open: OpenStore): void {
  it('has one owner, and tells the others who', async () => {
    const { store, time } = await opened(open);
    const lock = await acquireLock(store, request('ann'), time);
    await expect(acquireLock(store, request('bob'), time)).rejects.toMatchObject({
      code: 'lock-held',
      retryable: true,
      facts: { scope: 'rollout', owner: 'ann', reason: 'ann deploys', token: lock.token },
    });
    expect(await listLocks(store)).toMatchObject([{ scope: 'rollout', owner: 'ann', token: lock.token }]);
    await lock.release();
    expect(await listLocks(store)).toEqual([]);
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
  });

  it('gives every owner a higher token', async () => {
    const { store, time, reopen } = await opened(open);
    let [current, last] = [store, 0];
    for (let i = 0; i < 10; i++) {
      const lock = await acquireLock(current, request(`owner ${i}`), time);
      expect(lock.token).toBeGreaterThan(last);
      last = lock.token;
      await lock.release();
      if (i === 5) current = await reopen();
    }
  });

  it('lets scopes be locked apart', async () => {
    const { store, time } = await opened(open);
    const one = await acquireLock(store, request('ann'), time);
    const two = await acquireLock(store, { ...request('bob'), scope: 'rollout/2' }, time);
    expect((await listLocks(store)).map((lock) => lock.owner)).toEqual(['ann', 'bob']);
    await Promise.all([one.release(), two.release()]);
  });

  it('stays with an owner who lives, however long', async () => {
    const { store, time, advance } = await opened(open);
    const lock = await acquireLock(store, request('ann'), time);
    for (let i = 0; i < 10; i++) await advance(TTL_MS / 2);
    expect(lock.lost.aborted).toBe(false);
    await expectCode(acquireLock(store, request('bob'), time), 'lock-held');
    await lock.release();
  });

  it('is lost to its owner before the store gives it to the next', async () => {
    const { store, time, advance } = await opened(open);
    const cut = createCut(store);
    const lock = await acquireLock(cut.store, request('ann'), time);
    cut.isCut = true;
    let wasLostFirst = false;
    const stop = new AbortController();
    const waiting = acquireLock(store, { ...request('bob'), waitUntil: stop.signal }, time);
    const taken = waiting.then((next) => {
      wasLostFirst = lock.lost.aborted;
      return next;
    });
    await advance(TTL_MS * 0.95);
    expect(lock.lost.aborted).toBe(true);
    expect(await keys(store)).toEqual([lockKey('rollout')]);
    await advance(TTL_MS);
    const next = await taken;
    expect(wasLostFirst).toBe(true);
    expect(next.token).toBeGreaterThan(lock.token);
    await next.release();
  });

  it('is lost at once when somebody deletes its key', async () => {
    const { store, time } = await opened(open);
    const lock = await acquireLock(store, request('ann'), time);
    const lost = new Promise((resolve) => lock.lost.addEventListener('abort', resolve));
    await run(store, { type: 'delete', key: lockKey('rollout') });
    await lost;
  });

  it('waits for the owner before it, until told to stop', async () => {
    const { store, time } = await opened(open);
    const lock = await acquireLock(store, request('ann'), time);
    const stop = new AbortController();
    const refused = acquireLock(store, { ...request('bob'), waitUntil: stop.signal }, time);
    stop.abort();
    await expectCode(refused, 'lock-held');
    const next = acquireLock(store, { ...request('cid'), waitUntil: new AbortController().signal }, time);
    await lock.release();
    await (await next).release();
  });

  describe('with many owners, some of which die', () => {
    it.each([1, 2, 3])('never has two at the same time (run %i)', async (seed) => {
      const { store, time, advance } = await opened(open);
      const random = createRandom(seed);
      const held = new Set<Lock>();
      const tokens: number[] = [];
      const owner = async (name: string): Promise<void> => {
        for (let turn = 0; turn < 5; turn++) {
          const cut = createCut(store);
          const waitUntil = new AbortController().signal;
          const lock = await acquireLock(cut.store, { ...request(name), waitUntil }, time);
          expect([...held].filter((other) => !other.lost.aborted)).toEqual([]);
          tokens.push(lock.token);
          held.clear();
          held.add(lock);
          cut.isCut = random() < 0.5;
          if (cut.isCut) await aborted(lock.lost);
          else await lock.release().then(() => held.delete(lock));
        }
      };
      const running = new Set(['a', 'b', 'c', 'd']);
      const owners = Promise.all([...running].map((name) => owner(name).finally(() => running.delete(name))));
      while (running.size > 0) await advance(TTL_MS * 0.31);
      await owners;
      expect(tokens).toHaveLength(20);
      expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    });
  });
}

/** A store whose leases can no longer be kept alive: its owner is cut off, or dead. */
function createCut(store: Store): { readonly store: Store; isCut: boolean } {
  const cut = {
    isCut: false,
    store: {
      ...store,
      async keepAlive(id: string): Promise<void> {
        if (cut.isCut) throw new StoreError('store-unavailable', 'cut');
        await store.keepAlive(id);
      },
    },
  };
  return cut;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

/** A small generator with a seed, so that a failure can be played again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
