import { createAsk } from './ask.ts';
import { RuntimeError } from './codec/errors.ts';
import { unexpectedAnswer } from './codec/lines.ts';
import { parseProc, type Proc } from './proc.ts';
import {
  createTransportWith,
  type RequestOptions,
  type Transport,
  type TransportOptions,
} from './transport.ts';
import { parseVersion, type Version } from './version.ts';

/**
 * `answered: false`: 2.6 closes without a word, so the result has to be read from the worker and `show proc`.
 * Else `success` is the master's verdict and `log` its lines, the parse error of a failed reload included.
 */
export type ReloadAnswer =
  | { readonly answered: false }
  | { readonly answered: true; readonly success: boolean; readonly log: readonly string[] };

/** A worker as the master addresses it: `current` is `@1`, else a pid of `show proc`. */
export type WorkerTarget = 'current' | { readonly pid: number };

/** The master socket (`-S`): the second way in, which still works where a worker's own socket was lost. */
export interface MasterClient {
  readProc(options?: RequestOptions): Promise<Proc>;
  readVersion(options?: RequestOptions): Promise<Version>;
  /**
   * Reloads. It takes as long as the new worker needs to start: default time-out 60 s. All connections through the
   * master end, also those of {@link worker}. The master of 2.6 executes itself anew and refuses connections for a moment
   * afterwards: `connection-refused`, which may be tried again.
   */
  reload(options?: RequestOptions): Promise<ReloadAnswer>;
  /** `show startup-logs` of the master. Throws `unknown-command` in 2.6. */
  readStartupLogs(options?: RequestOptions): Promise<string[]>;
  /** A transport to a worker through the master, for `createRuntimeClient`. Each has a kept connection of its own. */
  worker(target?: WorkerTarget): Transport;
  close(): void;
}

/** The second one from a failed reload until the next good one, in every version. */
const PROMPTS = ['master> ', 'master[ReloadFailed]> '];
const MASTER = { greetings: PROMPTS, prompts: PROMPTS, halfClose: true } as const;
const RELOAD_TIMEOUT_MS = 60_000;

export function createMasterClient(options: TransportOptions): MasterClient {
  const transport = createTransportWith({ ...MASTER, prefix: '' }, options);
  const ask = createAsk(transport);
  const workers = new Set<Transport>();

  // Everything goes over fresh connections: every reload ends a kept one, and the master is asked seldom.
  return {
    readProc: async (request) => parseProc(await ask.fresh(['show', 'proc'], request)),
    readVersion: async (request) => parseVersion((await ask.fresh(['show', 'version'], request)).trim()),
    reload,
    readStartupLogs: async (request) => lines(await ask.fresh(['show', 'startup-logs'], request)),
    worker(target = 'current') {
      const prefix = target === 'current' ? '@1 ' : `@!${target.pid} `;
      const worker = createTransportWith({ ...MASTER, prefix }, options);
      workers.add(worker);
      return worker;
    },
    close() {
      transport.close();
      for (const worker of workers) worker.close();
    },
  };

  async function reload(request: RequestOptions = {}): Promise<ReloadAnswer> {
    try {
      return parseReload(await ask.fresh(['reload'], { timeoutMs: RELOAD_TIMEOUT_MS, ...request }));
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'empty-answer') return { answered: false };
      throw error;
    }
  }
}

/** Throws `unexpected-answer`. */
export function parseReload(text: string): ReloadAnswer {
  const match = /^Success=([01])\n--\n([^]*)$/.exec(text);
  if (!match) throw unexpectedAnswer('reload', text);
  return { answered: true, success: match[1] === '1', log: lines(match[2] ?? '') };
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
