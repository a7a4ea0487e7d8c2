import { Readable } from 'node:stream';
import type { Fetch } from '../../api/index.ts';
import { createManualClock, type ManualClock } from '../../lib/index.ts';
import { runCli } from '../run.ts';
import type { World } from '../world.ts';

/** One request as the program made it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly authorization: string | undefined;
}

/** What the scripted server answers: a value is JSON with 200, `status` another one; undefined is no server at all. */
export type Script = (request: SeenRequest, world: TestWorld) => unknown;

export interface TestWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly script?: Script;
  /** What is typed at a terminal; without it standard input is none. */
  readonly typed?: string;
  readonly isTty?: boolean;
  readonly nowMs?: number;
}

export interface TestWorld {
  readonly world: World;
  readonly clock: ManualClock;
  readonly requests: SeenRequest[];
  out(): string;
  err(): string;
  /** What the program would have exited with in the middle of everything. */
  exitedNow(): number | undefined;
  signal(): void;
  run(...argv: string[]): Promise<number>;
}

/** A world without a machine: time stands still until somebody sleeps, and a script answers for the server. */
export function createTestWorld(options: TestWorldOptions = {}): TestWorld {
  const clock = createManualClock(options.nowMs ?? Date.parse('2026-11-20T12:00:00Z'));
  const listeners = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>();
  const requests: SeenRequest[] = [];
  const isTTY = options.isTty ?? options.typed !== undefined;
  let [out, err] = ['', ''];
  let exited: number | undefined;
  const stdin = Object.assign(Readable.from([options.typed ?? '']), { isTTY: options.typed !== undefined });
  const test: TestWorld = {
    world: {
      env: {
        HAFLEET_SERVER: 'http://127.0.0.1:8700',
        HAFLEET_TOKEN: 't0ken',
        HOME: '/nonexistent',
        LANG: 'C.UTF-8',
        ...options.env,
      },
      stdin,
      stdout: { isTTY, columns: 120, write: (text) => void (out += text) },
      stderr: { isTTY, columns: 120, write: (text) => void (err += text) },
      clock,
      zone: 'UTC',
      fetch: (url, init) => scriptedFetch(url, init),
      sleep: (ms) => {
        clock.advance(ms);
        return Promise.resolve();
      },
      exitNow: (code) => {
        exited = code;
      },
      onSignal: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    clock,
    requests,
    out: () => out,
    err: () => err,
    exitedNow: () => exited,
    signal: () => {
      for (const listener of listeners) listener('SIGINT');
    },
    run: (...argv) => runCli(argv, test.world),
  };

  async function scriptedFetch(...[url, init]: Parameters<Fetch>): ReturnType<Fetch> {
    const { pathname, search } = new URL(url);
    const request: SeenRequest = {
      method: init.method,
      path: pathname + search,
      body: init.body === undefined ? undefined : (JSON.parse(init.body) as Record<string, unknown>),
      authorization: init.headers['authorization'],
    };
    requests.push(request);
    const answer = options.script?.(request, test);
    if (init.signal?.aborted) throw new Error('aborted');
    if (answer === undefined) throw new Error('connect ECONNREFUSED');
    const { status = 200, ...body } = answer as { status?: number };
    return { status, text: () => Promise.resolve(JSON.stringify(body)) };
  }
  return test;
}

/** An error as the server writes it. */
export function errorAnswer(status: number, code: string, message: string, hint?: string): unknown {
  return {
    status,
    error: { code, message, retryable: false, requestId: 'req-1', ...(hint === undefined ? {} : { hint }) },
  };
}
