import { isStoreError } from './errors.ts';
import type { Lease, Store } from './store.ts';
import type { Time } from './time.ts';

export interface Lock {
  readonly scope: string;
  /**
   * The fencing token: higher than that of every earlier owner of any scope. Whoever acts for the lock passes it on,
   * and who is acted upon refuses one lower than the highest it saw: a paused owner cannot know that it lost.
   */
  readonly token: number;
  /** Aborts when the lock is lost: always before the store gives it to the next. Not at `release`. */
  readonly lost: AbortSignal;
  /** Gives the lock back. Resolves too when it was lost already. */
  release(): Promise<void>;
}

export interface Holding {
  readonly store: Store;
  readonly time: Time;
  readonly scope: string;
  readonly key: string;
  readonly lease: Lease;
  readonly token: number;
  /** When the lease was asked for, on `time`. */
  readonly askedAt: number;
}

/** Part of the time to live after which we count the lock as lost: clocks of two machines do not run quite alike. */
const TRUSTED = 0.9;
const RENEW_EVERY = 0.3;

/** Keeps a lock that was taken: renews its lease, and tells when that did not work for too long. */
export function holdLock(holding: Holding): Lock {
  const lost = new AbortController();
  const done = new AbortController();
  const lose = (): void => {
    if (done.signal.aborted) return;
    done.abort();
    lost.abort();
  };
  renewUntil(done.signal, holding, lose);
  void loseWhenDeleted(done.signal, holding, lose);
  return {
    scope: holding.scope,
    token: holding.token,
    lost: lost.signal,
    async release() {
      done.abort();
      await giveBack(holding.store, holding.lease.id);
    },
  };
}

function renewUntil(done: AbortSignal, { store, time, lease, askedAt }: Holding, lose: () => void): void {
  const { id, ttlMs } = lease;
  const now = (): number => time.clock.monotonicMs();
  let endsAt = askedAt + ttlMs * TRUSTED;
  let cancelTimer = (): void => {};

  const renew = async (): Promise<void> => {
    const sentAt = now();
    try {
      await store.keepAlive(id);
      endsAt = sentAt + ttlMs * TRUSTED;
    } catch (thrown) {
      // Anything else may pass: it is tried again until the time is up.
      if (isStoreError(thrown, 'lease-not-found')) lose();
    }
  };
  const tick = (): void => {
    if (now() >= endsAt) return lose();
    void renew();
    arm();
  };
  const arm = (): void => {
    if (done.aborted) return;
    const left = Math.max(0, endsAt - now());
    cancelTimer = time.after(Math.min(ttlMs * RENEW_EVERY, left), tick);
  };
  done.addEventListener('abort', () => cancelTimer());
  arm();
}

/** Somebody deleted the key: the lock is not ours any more, long before the lease would say so. */
async function loseWhenDeleted(
  done: AbortSignal,
  { store, key, token }: Holding,
  lose: () => void,
): Promise<void> {
  try {
    for await (const { events } of store.watch({ key, fromRevision: token + 1, signal: done }))
      if (events.length > 0) return lose();
  } catch {
    // A watch that broke says nothing about the lock; the lease does.
  }
}

/** Ends a lease; one that ended already is as good. */
export async function giveBack(store: Store, leaseId: string): Promise<void> {
  try {
    await store.revoke(leaseId);
  } catch (thrown) {
    if (!isStoreError(thrown, 'lease-not-found')) throw thrown;
  }
}
