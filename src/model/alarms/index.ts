export { findAlarms } from './find-alarms.ts';
export * from './types.ts';
