import type { Socket } from 'node:net';
import type { SocketAddress } from './address.ts';
import type { Answer } from './codec/answer.ts';
import type { Command } from './codec/encode.ts';
import { RuntimeError } from './codec/errors.ts';
import { excerpt } from './codec/excerpt.ts';
import { createFramer, type Framer } from './codec/frame.ts';
import { findRefusal } from './codec/refusals.ts';
import {
  abortedError,
  closedError,
  connectError,
  noSlotError,
  openSocket,
  timedOutError,
} from './connect.ts';
import { createStreamFramer } from './codec/stream-frame.ts';
import type { RequestOptions, StreamedAnswer } from './transport.ts';

/** How a kind of socket is spoken to. */
export interface Dialect {
  /** What the whole answer to `prompt` on a fresh connection may be. */
  readonly greetings: readonly string[];
  readonly prompts: readonly string[];
  /** Goes before each command, also after a `;`: the master takes an unaddressed one for itself. */
  readonly prefix: string;
  /** The master socket never closes by itself; on the worker's a half-close interrupts `wait` in 3.2+. */
  readonly halfClose: boolean;
}

export interface ConnectionOptions {
  readonly address: SocketAddress;
  readonly dialect: Dialect;
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

export interface OnceConnections {
  request(commands: readonly Command[], options: RequestOptions): Promise<Answer>;
  stream(
    command: Command,
    onChunk: (chunk: Uint8Array) => void,
    options: RequestOptions,
  ): Promise<StreamedAnswer>;
  close(): void;
}

/** What collects the bytes: the whole answer, or its head while the rest streams by. */
type Collector<T> = Omit<Framer, 'push' | 'end'> & { push(chunk: Uint8Array): T | undefined; end(): T };

/** Fresh connections, one at a time: a second one waits, so that a busy agent never takes all slots of the socket. */
export function openOnce(options: ConnectionOptions): OnceConnections {
  const { dialect, maxAnswerBytes } = options;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  let active: Socket | undefined;

  function inTurn<T>(
    lines: readonly Command[],
    collector: Collector<T>,
    request: RequestOptions,
  ): Promise<T> {
    const line = `${lines.map((command) => dialect.prefix + command).join(';')}\n`;
    const run = (): Promise<T> => {
      if (closed) return Promise.reject(closedError(options.address));
      return exchange(line, collector, options, request, (socket) => (active = socket));
    };
    const result = last.then(run, run);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    request: (commands, request) =>
      inTurn(commands, createFramer({ kind: 'until-eof' }, maxAnswerBytes), request),
    stream: (command, onChunk, request) => inTurn([command], createStreamFramer(onChunk), request),
    close() {
      closed = true;
      active?.destroy();
    },
  };
}

function exchange<T>(
  line: string,
  collector: Collector<T>,
  options: ConnectionOptions,
  request: RequestOptions,
  onSocket: (socket: Socket | undefined) => void,
): Promise<T> {
  const { address, dialect } = options;
  const { signal, timeoutMs = options.timeoutMs } = request;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError(signal, 'not-sent'));
    let sent = false;
    let settled = false;
    const socket = openSocket(address);
    onSocket(socket);
    const timer = setTimeout(() => fail(late()), timeoutMs);
    const onAbort = (): void => fail(abortedError(signal, sent ? 'unknown' : 'not-sent'));
    signal?.addEventListener('abort', onAbort);

    function late(): RuntimeError {
      if (collector.size > 0) return timedOutError(address, timeoutMs, collector.size);
      return noSlotError(address, timeoutMs, sent ? 'unknown' : 'not-sent');
    }
    function settle(): boolean {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      onSocket(undefined);
      socket.destroy();
      return true;
    }
    function fail(error: unknown): void {
      if (settle()) reject(error instanceof Error ? error : new Error(String(error)));
    }
    function succeed(answer: T): void {
      if (settle()) resolve(answer);
    }
    function finish(ended: boolean): void {
      try {
        if (ended) succeed(collector.end());
        else fail(cutError(collector.size));
      } catch (error) {
        fail(error);
      }
    }

    socket.once('connect', () => {
      sent = true;
      if (dialect.halfClose) socket.end(line);
      else socket.write(line);
    });
    socket.on('data', (chunk: Uint8Array) => {
      try {
        collector.push(chunk);
        const gone = dialect.halfClose ? missingWorker(chunk) : undefined;
        if (gone) fail(gone);
      } catch (error) {
        fail(error);
      }
    });
    socket.once('end', () => finish(true));
    socket.once('error', (error) =>
      fail(sent ? brokenError(collector.size, error) : connectError(address, error)),
    );
    socket.once('close', () => finish(false));
  });
}

/** 3.2+ says that the worker is gone, without an empty line, and then keeps the connection open for ever. */
function missingWorker(chunk: Uint8Array): RuntimeError | undefined {
  const text = new TextDecoder().decode(chunk.subarray(0, 200));
  if (findRefusal(text) !== 'no-such-worker') return undefined;
  return new RuntimeError('no-such-worker', `HAProxy: ${excerpt(text.trim())}`);
}

/** A reset or a close that is no end of file: also bytes that look like a whole answer are not trusted. */
function brokenError(bytes: number, cause: unknown): RuntimeError {
  const code = bytes === 0 ? 'empty-answer' : 'answer-cut';
  return new RuntimeError(code, `The connection broke after ${bytes} bytes.`, { cause, facts: { bytes } });
}

function cutError(bytes: number): RuntimeError {
  return brokenError(bytes, undefined);
}
