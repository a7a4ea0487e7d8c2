export * from './match.ts';
export { editDistance, nearMisses } from './near-miss.ts';
export { isHaproxyName, parseSelector } from './parse-selector.ts';
export * from './resolve.ts';
export * from './types.ts';
