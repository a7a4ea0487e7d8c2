import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fetch } from '../api/index.ts';
import { systemClock, type Clock } from '../lib/index.ts';
import type { Env } from './config/index.ts';

/** Where bytes go. The part of a stream that is needed, so that a test can hold one. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Everything outside that a command may touch. Made once in `main`; tests make their own. */
export interface World {
  readonly env: Env;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly clock: Clock;
  /** IANA name of the zone people here live in. */
  readonly zone: string;
  /** Replaces HTTP in tests. */
  readonly fetch?: Fetch;
  /** Ends early, and without an error, when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Ends the program in the middle of everything. */
  exitNow(code: number): void;
  /** Calls `listener` for SIGINT and SIGTERM until the returned function is called. */
  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
}

export function processWorld(): World {
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    // Asked for only when a time is printed: loading the zones takes ten milliseconds.
    get zone() {
      return new Intl.DateTimeFormat().resolvedOptions().timeZone;
    },
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    exitNow: (code) => process.exit(code),
    onSignal(listener) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}
