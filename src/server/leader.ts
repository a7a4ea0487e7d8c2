import { hostname } from 'node:os';
import { acquireLock, lockKey, type Lock, type Store } from '../store/index.ts';

const TTL_MS = 10_000;

/**
 * Makes this server the leader and returns its lock, whose token grows with every start: agents remember the highest and
 * refuse what an older leader still sends. The embedded store lets one process in, so a lock that is found there is what a
 * predecessor left behind, and is taken away.
 */
export async function takeLead(store: Store): Promise<Lock> {
  const request = {
    scope: 'leader',
    owner: `${hostname()}:${process.pid}`,
    reason: 'hafleet serve',
    ttlMs: TTL_MS,
  };
  await store.txn({ success: [{ type: 'delete', key: lockKey(request.scope) }] });
  return acquireLock(store, request);
}
