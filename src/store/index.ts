export * from './store.ts';
export { DEFAULT_LIMITS } from './check-request.ts';
export { isStoreError, StoreError, type StoreErrorCode } from './errors.ts';
export type { Lock } from './held-lock.ts';
export * from './locks.ts';
export * from './manual-time.ts';
export * from './time.ts';
export {
  openEmbeddedStore,
  type EmbeddedStore,
  type EmbeddedStoreOptions,
} from './embedded/embedded-store.ts';
export type { Retention } from './embedded/compaction.ts';
