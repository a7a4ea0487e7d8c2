import type { Socket } from 'node:net';
import type { Answer } from './codec/answer.ts';
import type { Command } from './codec/encode.ts';
import { RuntimeError } from './codec/errors.ts';
import { excerpt } from './codec/excerpt.ts';
import { createFramer, type Framer } from './codec/frame.ts';
import {
  abortedError,
  closedError,
  connectError,
  noSlotError,
  openSocket,
  timedOutError,
} from './connect.ts';
import type { ConnectionOptions } from './once.ts';
import type { CloseReason, RequestOptions } from './transport.ts';

export interface KeptOptions extends ConnectionOptions {
  readonly onClose: (reason: CloseReason) => void;
}

/** One connection in prompt mode, for its whole life: never opened a second time. */
export interface KeptConnection {
  request(command: Command, options: RequestOptions): Promise<Answer>;
  readonly connected: boolean;
  readonly ended: boolean;
  close(): void;
}

interface Pending {
  readonly line: string;
  readonly options: RequestOptions;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: RuntimeError) => void;
  /** Stops listening to the signal. */
  readonly release: () => void;
}

interface Current {
  readonly pending: Pending;
  readonly framer: Framer;
  readonly timer: NodeJS.Timeout;
}

type Stage = 'new' | 'connecting' | 'greeting' | 'ready' | 'ended';

/**
 * Prompt mode first, commands after: until the greeting has come nothing that changes anything was sent, so a socket
 * without a free slot is `not-sent` here. One request outstanding at a time (codec/frame.ts says why).
 */
export function createKeptConnection(options: KeptOptions): KeptConnection {
  const { address, dialect } = options;
  const queue: Pending[] = [];
  let stage: Stage = 'new';
  let socket: Socket | undefined;
  let current: Current | undefined;
  let greeted = '';
  let greetingTimer: NodeJS.Timeout | undefined;

  function open(): void {
    stage = 'connecting';
    const opened = openSocket(address);
    socket = opened;
    greetingTimer = setTimeout(onNoGreeting, options.timeoutMs);
    opened.once('connect', () => {
      if (stage !== 'connecting') return;
      stage = 'greeting';
      opened.write('prompt\n');
    });
    opened.on('data', onData);
    opened.once('error', (error) => onLost(error));
    opened.once('end', () => onLost());
    opened.once('close', () => onLost());
  }

  function onData(chunk: Uint8Array): void {
    if (stage === 'ended') return;
    if (stage === 'greeting') return onGreeting(chunk);
    // Nothing is outstanding: what was taken for an end was none. Whoever got it cannot be told; the next must not be
    // harmed.
    if (!current) return end('after-failure', closedError(address));
    onAnswer(current, chunk);
  }

  function onAnswer({ pending, framer, timer }: Current, chunk: Uint8Array): void {
    try {
      const answer = framer.push(chunk);
      if (!answer) return;
      clearTimeout(timer);
      current = undefined;
      pending.release();
      pending.resolve(answer);
      pump();
    } catch (error) {
      end('after-failure', error instanceof RuntimeError ? error : closedError(address));
    }
  }

  function onGreeting(chunk: Uint8Array): void {
    greeted += new TextDecoder().decode(chunk);
    if (dialect.greetings.includes(greeted)) {
      clearTimeout(greetingTimer);
      stage = 'ready';
      return pump();
    }
    if (!dialect.greetings.some((greeting) => greeting.startsWith(greeted)))
      end('after-failure', greetingError(greeted));
  }

  function onNoGreeting(): void {
    end('after-failure', noSlotError(address, options.timeoutMs, 'not-sent'));
  }

  function onLost(cause?: unknown): void {
    if (stage === 'connecting') return end('after-failure', connectError(address, cause));
    end('by-haproxy', current ? lostError(current.framer, cause) : closedError(address));
  }

  /** `error` is for the request under way, or for all that wait where none could be sent. */
  function end(reason: CloseReason, error: RuntimeError): void {
    if (stage === 'ended') return;
    const wasOpen = stage === 'ready';
    stage = 'ended';
    clearTimeout(greetingTimer);
    if (current) clearTimeout(current.timer);
    socket?.destroy();
    const waiting = queue.splice(0);
    const running = current?.pending;
    current = undefined;
    if (running) settle(running, error);
    for (const pending of waiting) settle(pending, wasOpen ? closedError(address) : error);
    options.onClose(reason);
  }

  function settle(pending: Pending, error: RuntimeError): void {
    pending.release();
    pending.reject(error);
  }

  function pump(): void {
    if (stage !== 'ready' || current) return;
    const next = queue.shift();
    if (!next) return;
    const timeoutMs = next.options.timeoutMs ?? options.timeoutMs;
    const framer = createFramer({ kind: 'prompt', prompts: dialect.prompts }, options.maxAnswerBytes);
    const onTimeout = (): void => end('after-failure', timedOutError(address, timeoutMs, framer.size));
    current = { pending: next, framer, timer: setTimeout(onTimeout, timeoutMs) };
    socket?.write(next.line);
  }

  function onAbort(line: Pending): void {
    if (current?.pending === line) return end('after-failure', abortedError(line.options.signal, 'unknown'));
    queue.splice(queue.indexOf(line), 1);
    settle(line, abortedError(line.options.signal, 'not-sent'));
  }

  function enqueue(command: Command, request: RequestOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const listener = (): void => onAbort(pending);
      const release = (): void => request.signal?.removeEventListener('abort', listener);
      const pending: Pending = {
        line: `${dialect.prefix}${command}\n`,
        options: request,
        resolve,
        reject,
        release,
      };
      request.signal?.addEventListener('abort', listener);
      queue.push(pending);
      if (stage === 'new') open();
      else pump();
    });
  }

  return {
    request(command, request) {
      if (request.signal?.aborted) return Promise.reject(abortedError(request.signal, 'not-sent'));
      if (stage === 'ended') return Promise.reject(closedError(address));
      return enqueue(command, request);
    },
    get connected() {
      return stage === 'ready';
    },
    get ended() {
      return stage === 'ended';
    },
    close() {
      end('by-us', current ? lostError(current.framer, undefined) : closedError(address));
    },
  };
}

function lostError(framer: Framer, cause: unknown): RuntimeError {
  const code = framer.size === 0 ? 'empty-answer' : 'answer-cut';
  const message = `The connection ended after ${framer.size} bytes of the answer.`;
  return new RuntimeError(code, message, { cause, facts: { bytes: framer.size } });
}

function greetingError(greeting: string): RuntimeError {
  if (/^master(\[\w+\])?> $/.test(greeting))
    return new RuntimeError('wrong-socket', 'A master socket answered where a worker was expected.');
  const message = `Not the command line of a HAProxy worker: ${excerpt(greeting)}`;
  return new RuntimeError('unexpected-answer', message, { outcome: 'not-sent' });
}
