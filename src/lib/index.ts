export * from './backoff.ts';
export * from './clock.ts';
export * from './compare.ts';
export * from './digest.ts';
export * from './errors.ts';
export * from './file.ts';
export * from './log.ts';
export * from './result.ts';
