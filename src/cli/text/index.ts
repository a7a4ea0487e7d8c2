export * from './duration.ts';
export * from './escape.ts';
export * from './line.ts';
export * from './table.ts';
export * from './terminal.ts';
export * from './time.ts';
