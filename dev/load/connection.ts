import { type Socket, connect } from 'node:net';
import { systemErrorCode } from '../../src/lib/index.ts';
import { type Answer, type AnswerReader, createAnswerReader } from './answer.ts';

export interface ConnectionEvents {
  readonly connected: (ms: number) => void;
  readonly answered: (answer: Answer, ms: number) => void;
  readonly failed: (reason: string) => void;
}

/** One client with at most one request on its way. Every `send` ends in exactly one `answered` or `failed`. */
export interface Connection {
  readonly busy: boolean;
  send(request: string): void;
  /** Fails the request when it was sent before `limit` (monotonic ms). */
  expire(limit: number): void;
  close(): void;
}

export interface ConnectionOptions {
  readonly address: string;
  readonly port: number;
  readonly keepAlive: boolean;
  readonly events: ConnectionEvents;
}

export function createConnection({ address, port, keepAlive, events }: ConnectionOptions): Connection {
  let socket: Socket | undefined;
  let reader: AnswerReader = createAnswerReader();
  let busy = false;
  let sentAt = 0;

  function drop(): void {
    const old = socket;
    socket = undefined;
    old?.removeAllListeners();
    // A late reset of a connection that is done with is nobody's failure.
    old?.on('error', () => undefined);
    old?.destroy();
  }
  function answered(answer: Answer): void {
    busy = false;
    if (!keepAlive || answer.closes) drop();
    events.answered(answer, performance.now() - sentAt);
  }
  function failed(reason: string): void {
    drop();
    if (!busy) return;
    busy = false;
    events.failed(reason);
  }
  function ended(): void {
    const answer = busy ? reader.end() : undefined;
    if (!answer) return failed(reader.empty ? 'closed before the answer' : 'closed within the answer');
    drop();
    answered(answer);
  }

  function open(request: string): void {
    const startedAt = performance.now();
    let isConnected = false;
    reader = createAnswerReader();
    const opened = connect({ host: address, port, noDelay: true }, () => {
      isConnected = true;
      events.connected(performance.now() - startedAt);
    });
    socket = opened;
    opened.on('data', (part: Buffer) => {
      // Bytes that nobody asked for belong to no request: the connection is of no more use.
      const answer = busy ? reader.push(part) : 'bad';
      if (answer === 'bad') failed('not an HTTP answer');
      else if (answer) answered(answer);
    });
    opened.on('end', ended);
    opened.on('error', (error) => {
      const code = systemErrorCode(error) ?? error.message;
      failed(isConnected ? code : `connect ${code}`);
    });
    opened.write(request, 'latin1');
  }

  return {
    get busy() {
      return busy;
    },
    send(request) {
      busy = true;
      sentAt = performance.now();
      if (socket) socket.write(request, 'latin1');
      else open(request);
    },
    expire(limit) {
      if (busy && sentAt < limit) failed('time-out');
    },
    close: drop,
  };
}
