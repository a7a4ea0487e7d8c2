import { printSocketAddress, type SocketAddress } from './address.ts';
import type { Answer } from './codec/answer.ts';
import { checkTogether, type Command } from './codec/encode.ts';
import { DEFAULT_MAX_ANSWER_BYTES } from './codec/frame.ts';
import { createKeptConnection, type KeptConnection } from './kept-connection.ts';
import { openOnce, type Dialect } from './once.ts';

export interface RequestOptions {
  /** From the write to the complete answer; the wait in the queue does not count. Default: the transport's. */
  readonly timeoutMs?: number;
  /** Before the write: outcome `not-sent`. After it: `unknown`, and the connection is closed. */
  readonly signal?: AbortSignal;
}

/** Why a kept connection ended: HAProxy closed it, we closed it after a failure, or `close()` was called. */
export type CloseReason = 'by-haproxy' | 'after-failure' | 'by-us';

/**
 * Commands to one HAProxy process. At most two connections at a time (a socket takes ten by default): the kept one and
 * one fresh one. Every failure is a {@link RuntimeError}, whose `outcome` tells whether the command may have been done;
 * a resolved answer is complete. Nothing is ever sent a second time.
 */
export interface Transport {
  /** For messages. */
  readonly name: string;
  /**
   * One command on the kept connection, opened at the first request. Requests run one after the other in the order of
   * the calls. After a time-out, a cut or an abort the connection is closed, as its late answer would be taken for the
   * next one's; whatever still waited fails with `connection-closed`, `not-sent`.
   * A connection that ended stays ended (`connection-closed`) until {@link reconnect}: the next one may reach another
   * worker, and only the owner knows what that means.
   */
  request(command: Command, options?: RequestOptions): Promise<Answer>;
  /**
   * Commands on one line of a fresh connection, ended by HAProxy's close. Their answers come in order and joined by
   * one newline; all run even where one is refused. One fresh connection at a time.
   */
  requestOnce(commands: readonly Command[], options?: RequestOptions): Promise<Answer>;
  /**
   * As {@link requestOnce}, for answers too big to hold: `onChunk` gets the bytes as they come, the empty line at the
   * end included. Resolves with the first kilobyte and the size when all have come; after a rejection what came is void.
   */
  streamOnce(
    command: Command,
    onChunk: (chunk: Uint8Array) => void,
    options?: RequestOptions,
  ): Promise<StreamedAnswer>;
  /** Allows a new kept connection, opened at the next request. Does nothing while one is alive. */
  reconnect(): void;
  /** True from the first complete greeting until the kept connection ends. */
  readonly connected: boolean;
  /** Calls back each time a kept connection ends, once per connection. Returns the way to stop that. */
  onClose(listener: (reason: CloseReason) => void): () => void;
  /** Ends everything at once; a request under way fails with `connection-closed` or `answer-cut`. */
  close(): void;
}

export interface StreamedAnswer {
  /** Without the empty line that ends the answer. */
  readonly size: number;
  /** At most 1024 bytes of it. */
  readonly head: string;
}

export interface TransportOptions {
  readonly address: SocketAddress;
  /** Default 5,000. */
  readonly timeoutMs?: number;
  /** A longer answer is an error and not an empty memory. Default 512 MB. */
  readonly maxAnswerBytes?: number;
}

export const DEFAULT_TIMEOUT_MS = 5_000;

/** The stats socket of a worker. */
const WORKER: Dialect = { greetings: ['\n> '], prompts: ['> '], prefix: '', halfClose: false };

/** A transport to the stats socket of one HAProxy. Connects at the first request. */
export function createTransport(options: TransportOptions): Transport {
  return createTransportWith(WORKER, options);
}

/** For the master socket, which speaks with another prompt and wants each command addressed. */
export function createTransportWith(dialect: Dialect, options: TransportOptions): Transport {
  const limits = {
    address: options.address,
    dialect,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxAnswerBytes: options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES,
  };
  const listeners = new Set<(reason: CloseReason) => void>();
  const onClose = (reason: CloseReason): void => {
    for (const listener of listeners) listener(reason);
  };
  const open = (): KeptConnection => createKeptConnection({ ...limits, onClose });
  let kept = open();
  const once = openOnce(limits);

  return {
    name: dialect.prefix + printSocketAddress(options.address),
    request: (command, request = {}) => kept.request(command, request),
    requestOnce(commands, request = {}) {
      checkTogether(commands);
      return once.request(commands, request);
    },
    streamOnce: (command, onChunk, request = {}) => once.stream(command, onChunk, request),
    reconnect() {
      if (kept.ended) kept = open();
    },
    get connected() {
      return kept.connected;
    },
    onClose(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      kept.close();
      once.close();
    },
  };
}
