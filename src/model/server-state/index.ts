export { decodeServerState } from './decode.ts';
export { ADMIN_FLAG, CHECK_FLAG, CHECK_RESULT } from './flags.ts';
export * from './freshness.ts';
export * from './types.ts';
export * from './verdict.ts';
