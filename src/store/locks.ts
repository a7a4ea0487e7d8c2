import { StoreError } from './errors.ts';
import type { Entry, Store } from './store.ts';
import { systemTime, type Time } from './time.ts';
import { giveBack, holdLock, type Lock } from './held-lock.ts';

export interface LockRequest {
  /** What is locked. One owner at a time for each scope. */
  readonly scope: string;
  readonly owner: string;
  readonly reason: string;
  /** The lock ends so long after its owner died or lost the store. */
  readonly ttlMs: number;
  /** Waits for the lock until this signal aborts; without it a held lock is refused at once. */
  readonly waitUntil?: AbortSignal;
}

/** One lock that somebody holds. */
export interface LockInfo {
  readonly scope: string;
  readonly owner: string;
  readonly reason: string;
  /** When it was taken, by the owner's wall clock. ISO 8601, for people. */
  readonly since: string;
  readonly token: number;
}

const PREFIX = 'lock/';

/** The key that stands while the lock is held. Deleting it takes the lock from its owner. */
export function lockKey(scope: string): string {
  return PREFIX + scope;
}

/**
 * Takes the lock and keeps its lease alive until released or lost.
 * Throws `lock-held` with the owner in `facts`, or whatever the store throws.
 */
export async function acquireLock(
  store: Store,
  request: LockRequest,
  time: Time = systemTime,
): Promise<Lock> {
  for (;;) {
    const taken = await tryLock(store, request, time);
    if ('lock' in taken) return taken.lock;
    if (!request.waitUntil || request.waitUntil.aborted) throw lockHeld(taken.holder);
    await waitForRelease(store, request.scope, taken.revision, request.waitUntil);
  }
}

/** Every lock that is held, by scope. */
export async function listLocks(store: Store): Promise<LockInfo[]> {
  const { entries } = await store.range({ prefix: PREFIX });
  return entries.map(toLockInfo);
}

type Taken = { readonly lock: Lock } | { readonly holder: LockInfo; readonly revision: number };

async function tryLock(store: Store, request: LockRequest, time: Time): Promise<Taken> {
  // Counted from before the store heard of it, so that we always think it ends before the store does.
  const askedAt = time.clock.monotonicMs();
  const lease = await store.grant(request.ttlMs);
  const key = lockKey(request.scope);
  try {
    const { succeeded, revision, responses } = await store.txn({
      compare: [{ key, target: 'createRevision', op: '=', value: 0 }],
      success: [{ type: 'put', key, value: lockValue(request, time), lease: lease.id }],
      failure: [{ type: 'range', key }],
    });
    if (succeeded)
      return { lock: holdLock({ store, time, scope: request.scope, key, lease, token: revision, askedAt }) };
    const [found] = responses;
    const holder = found?.type === 'range' ? found.entries[0] : undefined;
    if (!holder) throw new StoreError('store-unavailable', `${key} is there and is not there`);
    await giveBack(store, lease.id);
    return { holder: toLockInfo(holder), revision };
  } catch (thrown) {
    // The put may have been applied all the same: with its lease it goes.
    await giveBack(store, lease.id).catch(() => {});
    throw thrown;
  }
}

async function waitForRelease(
  store: Store,
  scope: string,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const { events } of store.watch({ key: lockKey(scope), fromRevision: revision + 1, signal }))
    if (events.some((event) => event.type === 'delete')) return;
}

function lockValue({ owner, reason }: LockRequest, time: Time): string {
  return JSON.stringify({ owner, reason, since: new Date(time.clock.wallMs()).toISOString() });
}

function toLockInfo({ key, value, createRevision }: Entry): LockInfo {
  const { owner, reason, since } = JSON.parse(value) as Omit<LockInfo, 'scope' | 'token'>;
  return { scope: key.slice(PREFIX.length), owner, reason, since, token: createRevision };
}

function lockHeld(holder: LockInfo): StoreError {
  const { scope, owner, reason, since } = holder;
  return new StoreError('lock-held', `${scope} is locked by ${owner} since ${since}: ${reason}`, {
    hint: 'It ends when its owner is done, or soon after its owner died.',
    retryable: true,
    facts: { ...holder },
  });
}
