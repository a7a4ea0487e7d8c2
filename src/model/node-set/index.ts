export * from './evaluate.ts';
export { foldNodeSet } from './fold.ts';
export * from './label-groups.ts';
export { parseNodeSet } from './parse.ts';
export { parseNamePattern } from './parse-name.ts';
export { expandPattern, matchesGlob, patternSize } from './pattern.ts';
export * from './types.ts';
