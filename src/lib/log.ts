import { pino } from 'pino';

export type Logger = pino.Logger;

/** JSON lines on standard error. Level from the caller, never from deep inside. */
export function createLogger(name: string, level = 'info'): Logger {
  return pino({ name, level, base: { pid: process.pid } }, pino.destination({ dest: 2, sync: true }));
}
