export * from './cover.ts';
export * from './effective.ts';
export * from './enable.ts';
export * from './lease.ts';
export * from './lifecycle.ts';
export * from './types.ts';
export * from './weight.ts';
