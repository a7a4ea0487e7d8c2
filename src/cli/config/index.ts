export * from './choose.ts';
export * from './context.ts';
export * from './paths.ts';
