import { isHafleetError } from '../../lib/index.ts';
import type { Store } from '../../store/index.ts';

export interface StoreTrouble {
  readonly code: string;
  readonly message: string;
}

/** The same store, and whether its last write was refused. Every writer goes through it, so any success ends a trouble. */
export function watchTrouble(store: Store): { store: Store; trouble: () => StoreTrouble | undefined } {
  let trouble: StoreTrouble | undefined;
  const watched: Store = {
    limits: store.limits,
    range: (request) => store.range(request),
    watch: (request) => store.watch(request),
    grant: (ttlMs) => store.grant(ttlMs),
    keepAlive: (id) => store.keepAlive(id),
    revoke: (id) => store.revoke(id),
    close: () => store.close(),
    async txn(request) {
      try {
        const result = await store.txn(request);
        trouble = undefined;
        return result;
      } catch (thrown) {
        if (isTrouble(thrown)) trouble = { code: thrown.code, message: thrown.message };
        throw thrown;
      }
    },
  };
  return { store: watched, trouble: () => trouble };
}

/** Not a request that no store would take, and not the end of this program. */
function isTrouble(thrown: unknown): thrown is { readonly code: string; readonly message: string } {
  return isHafleetError(thrown) && (thrown.code === 'store-full' || thrown.code === 'store-unavailable');
}
