import { chmodSync, rmSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import {
  type LocalAnswer,
  type LocalInfo,
  type LocalRequest,
  type PreparedAnswer,
  localId,
  localRequest,
} from '../../api/index.ts';
import { HafleetError, errorText, isHafleetError } from '../../lib/index.ts';

/** What the socket is asked for. Everything it throws is answered by its code. */
export interface LocalService {
  info(): LocalInfo;
  /** On disk when it resolves. */
  add(request: LocalRequest): LocalAnswer;
  answer(id: string): LocalAnswer | undefined;
  /** Writes the state files of instances whose HAProxy does not run. */
  prepare(): Promise<PreparedAnswer>;
}

export interface LocalServer {
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 512 * 1024;
/** Who talks to it sits at this machine: more at once is a mistake, and would be a way to hold the agent up. */
const MAX_CONNECTIONS = 32;

/**
 * The agent's own socket: HTTP over a unix socket, mode 0660, so that the members of its group may use it and nobody else.
 * The caller holds the folder's lock: what lies at the path is left over.
 * @throws HafleetError `agent-socket-failed`
 */
export async function serveLocal(path: string, service: LocalService): Promise<LocalServer> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void handle(request, service).then(({ status, body }) => send(response, status, body));
  });
  server.maxConnections = MAX_CONNECTIONS;
  rmSync(path, { force: true });
  try {
    await listen(server, path);
    chmodSync(path, 0o660);
  } catch (cause) {
    throw new HafleetError('agent-socket-failed', `${path}: ${errorText(cause)}`, {
      hint: 'the path of a unix socket has at most 107 bytes, and its folder belongs to the agent’s user',
      cause,
    });
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Bound for its owner alone at first: `listen` makes the file before it returns. */
function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function handle(request: IncomingMessage, service: LocalService): Promise<Answer> {
  try {
    const path = request.url ?? '';
    if (request.method === 'GET' && path === '/v1/local') return { status: 200, body: service.info() };
    if (request.method === 'POST' && path === '/v1/local/changes')
      return { status: 200, body: service.add(localRequest.parse(JSON.parse(await readBody(request)))) };
    if (request.method === 'POST' && path === '/v1/local/prepare')
      return { status: 200, body: await service.prepare() };
    const id = /^\/v1\/local\/changes\/([^/]+)$/.exec(path)?.[1];
    const found = request.method === 'GET' && id ? service.answer(localId.parse(id)) : undefined;
    return found
      ? { status: 200, body: found }
      : failure(404, 'not-found', 'there is nothing at this address');
  } catch (thrown) {
    if (isHafleetError(thrown)) return failure(403, thrown.code, thrown.message, thrown.hint);
    return failure(400, 'bad-request', errorText(thrown).slice(0, 1000));
  }
}

function failure(status: number, code: string, message: string, hint?: string): Answer {
  return { status, body: { error: { code, message, ...(hint !== undefined && { hint }) } } };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new HafleetError('too-large', `${MAX_BODY_BYTES} bytes are the most`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
