import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { systemErrorCode } from './errors.ts';

export type Logger = pino.Logger;

/** JSON lines on standard error. Level from the caller, never from deep inside. */
export function createLogger(name: string, level = 'info'): Logger {
  return pino({ name, level, base: { pid: process.pid } }, { write: writeLine });
}

const STANDARD_ERROR = 2;
/** A reader that hangs is given half a second, once a line. */
const RETRY_MS = 5;
const RETRIES = 100;

let isTorn = false;

/**
 * pino's own destination ends the program when the disk under the log is full, or, told to go on, never writes again. Here a line that
 * cannot be written is lost, and nothing else is.
 */
function writeLine(line: string): void {
  const bytes = Buffer.from(isTorn ? `\n${line}` : line);
  let written = 0;
  for (let tries = 0; written < bytes.length && tries < RETRIES;) {
    try {
      written += writeSync(STANDARD_ERROR, bytes, written);
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'EAGAIN') break;
      tries++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
  // The rest of a line that was begun must not become the head of the next.
  isTorn = written === 0 ? isTorn : written < bytes.length;
}
