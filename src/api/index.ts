export * from './change.ts';
export * from './client.ts';
export * from './errors.ts';
export * from './fleet.ts';
export * from './intent.ts';
export * from './protocol.ts';
export * from './version.ts';
export * from './wire.ts';
