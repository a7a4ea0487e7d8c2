import { WebSocket } from 'ws';
import { type AgentMessage, MAX_MESSAGE_BYTES, PROTOCOL } from '../../api/index.ts';
import {
  type Clock,
  HafleetError,
  type Logger,
  createBackoff,
  errorText,
  isHafleetError,
  systemErrorCode,
} from '../../lib/index.ts';
import type { Journal } from '../instance/journal.ts';
import type { Credential, ServerAddress } from './credential.ts';
import { type Incoming, readMessage } from './messages.ts';

export interface LinkOptions {
  readonly server: ServerAddress;
  readonly credential: Credential;
  readonly hello: () => Extract<AgentMessage, { type: 'hello' }>;
  /** The server greeted: from now on `send` reaches it. */
  readonly onReady: () => void;
  readonly onMessage: (message: Incoming) => void;
  readonly journal: Journal;
  readonly log: Logger;
  readonly clock: Clock;
}

/** The connection to one server: dialled out, kept, dialled again. */
export interface Link {
  readonly url: string;
  readonly isReady: boolean;
  /** False when it is not connected, or so far behind that what is new would only wait. */
  send(message: AgentMessage): boolean;
  stop(): void;
}

const RECONNECT = { firstMs: 100, maxMs: 2_000 };
/** A refusal does not go away by asking again soon. */
const REFUSED_MS = 10_000;
const PING_MS = 5_000;
const MAX_BEHIND_BYTES = 8 * 1024 * 1024;
/** A server that sends more than this of what cannot be taken is not listened to for a while: each one costs work and a line of the log. */
const MAX_REFUSALS = 100;
const REFUSALS: ReadonlySet<Incoming['type']> = new Set(['invalid', 'operation-refused', 'too-many-intents']);

export function openLink(options: LinkOptions): Link {
  const { server, credential, hello, onReady, onMessage, journal, log } = options;
  const backoff = createBackoff(RECONNECT);
  let socket: WebSocket | undefined;
  let isReady = false;
  /** Another major version: it may be told what is seen, and nothing it wants is understood for sure. */
  let isForeign = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function again(delayMs = backoff.next()): void {
    isReady = false;
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(() => void connect(), delayMs);
  }

  async function connect(): Promise<void> {
    try {
      open(await credential.get(server));
    } catch (thrown) {
      const error = isHafleetError(thrown) ? thrown : new HafleetError('agent-fault', errorText(thrown));
      journal.trouble(`link ${server.url}`, error);
      again(error.code === 'server-unreachable' ? undefined : REFUSED_MS);
    }
  }

  function open(bearer: string): void {
    if (isStopped) return;
    const mine = new WebSocket(new URL('/v1/agent', server.url.replace(/^http/, 'ws')), {
      headers: { authorization: `Bearer ${bearer}` },
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handshakeTimeout: 10_000,
      ...(server.ca !== undefined && { ca: server.ca }),
    });
    socket = mine;
    let failure: HafleetError | undefined;
    let isGreeted = false;
    let refusals = 0;
    const stopPinging = keepAlive(mine);
    mine.on('open', () => mine.send(JSON.stringify(hello())));
    mine.on('message', (data) => {
      if (mine !== socket || failure?.code === 'server-misbehaves') return;
      const message = inTurn(readMessage((data as Buffer).toString('utf8')), isGreeted);
      const isAgain = message.type === 'welcome' && isGreeted;
      if ((isAgain || REFUSALS.has(message.type)) && ++refusals > MAX_REFUSALS) {
        failure = misbehaves();
        return mine.terminate();
      }
      if (message.type === 'refused')
        failure = new HafleetError(
          message.code.slice(0, 100),
          `${server.url}: ${message.message.slice(0, 1000)}`,
        );
      if (message.type === 'welcome') {
        isGreeted = true;
        isForeign = message.protocol.major !== PROTOCOL.major;
        if (!isForeign) onMessage(message);
        return isAgain ? undefined : greet(message.protocol.major);
      }
      if (!isForeign || message.type === 'refused') onMessage(message);
    });
    mine.on('unexpected-response', (_request, response) => {
      failure = refusal(response.statusCode ?? 0);
      response.resume();
      mine.terminate();
    });
    mine.on('error', (thrown) => {
      if (systemErrorCode(thrown) === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') failure ??= tooLong();
      failure ??= new HafleetError('server-unreachable', `${server.url}: ${errorText(thrown)}`, {
        retryable: true,
      });
    });
    mine.on('close', () => {
      stopPinging();
      failure ??= new HafleetError('server-unreachable', `${server.url} closed the connection`, {
        retryable: true,
      });
      if (!isStopped) journal.trouble(`link ${server.url}`, failure);
      again(failure.code === 'server-unreachable' ? undefined : REFUSED_MS);
    });
  }

  function greet(major: number): void {
    journal.trouble(`link ${server.url}`, undefined);
    log.info({ server: server.url }, 'connected');
    if (isForeign)
      journal.event(
        'warning',
        'protocol-differs',
        `${server.url} speaks protocol ${major}, this agent ${PROTOCOL.major}: it is told what is seen, and nothing it wants is done`,
      );
    backoff.reset();
    isReady = true;
    onReady();
  }

  function misbehaves(): HafleetError {
    return new HafleetError(
      'server-misbehaves',
      `${server.url} sent more than ${MAX_REFUSALS} messages that were refused; it is not listened to for ${REFUSED_MS / 1000} s`,
    );
  }

  function tooLong(): HafleetError {
    return new HafleetError(
      'message-too-long',
      `${server.url} sent a message of more than ${MAX_MESSAGE_BYTES} bytes; it was not read`,
    );
  }

  function refusal(status: number): HafleetError {
    if (status === 401 || status === 403)
      return new HafleetError('credential-refused', `${server.url} does not know this node’s credential`, {
        hint: 'the node was removed, or the server lost its store: with the agent stopped, remove the credential from its data folder to enrol anew',
      });
    return new HafleetError('server-unreachable', `${server.url} answered HTTP ${status}`, {
      retryable: true,
    });
  }

  void connect();
  return {
    url: server.url,
    get isReady() {
      return isReady;
    },
    send(message) {
      if (!isReady || !socket || socket.bufferedAmount > MAX_BEHIND_BYTES) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    stop() {
      isStopped = true;
      isReady = false;
      clearTimeout(timer);
      socket?.terminate();
    },
  };
}

/** Before its greeting nobody knows what version speaks. A later one brings the epoch a node was adopted into. */
function inTurn(message: Incoming, isGreeted: boolean): Incoming {
  if (isGreeted || message.type === 'refused' || message.type === 'welcome') return message;
  return { type: 'invalid', reason: 'it came before the welcome' };
}

/** A server that lost its power never says so: without a pong by the next ping the connection is given up. */
function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => (isAlive = true));
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MS);
  return () => clearInterval(timer);
}
