export * from './backoff.ts';
export * from './clock.ts';
export * from './compare.ts';
export * from './errors.ts';
export * from './result.ts';
