export * from './alarms/index.ts';
export * from './guards/index.ts';
export * from './intent/index.ts';
export * from './node-set/index.ts';
export * from './selector/index.ts';
export * from './server-state/index.ts';
