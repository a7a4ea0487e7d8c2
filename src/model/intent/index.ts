export * from './change-kind.ts';
export * from './lease.ts';
export * from './subtract.ts';
export * from './types.ts';
export * from './winning.ts';
