import { Agent, request, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { API_ERRORS, isApiErrorCode } from '../../../src/api/index.ts';
import { makeAsk, type Ask } from './api-ask.ts';
import { lazily, startFuzzedServer } from './running-server.ts';
import { broken, target } from './target.ts';
import { near } from './words.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function open() {
  const running = await startFuzzedServer();
  const agent = new Agent({ keepAlive: true, maxSockets: WIDTH });
  const tokens: Record<Ask['token'], string | undefined> = {
    admin: running.adminToken,
    join: running.joinToken,
    none: undefined,
    wrong: 'x'.repeat(43),
    operator: await makeToken(running, { name: 'the-operator', role: 'operator' }),
    viewer: await makeToken(running, { name: 'the-viewer', role: 'viewer' }),
    scoped: await makeToken(running, { name: 'scoped', role: 'operator', scope: { backends: ['api'] } }),
  };
  const { hostname, port } = new URL(running.server.url);
  const send = ({ method, path, headers, body, token }: Ask) =>
    new Promise<Answer>((resolve, reject) => {
      const secret = tokens[token];
      const all: OutgoingHttpHeaders = {
        ...headers,
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      };
      const one = request({ agent, hostname, port, method, path, headers: all }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const type = answer.headers['content-type'] ?? '';
          resolve({ status: answer.statusCode ?? 0, type, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      one.on('error', reject);
      one.end(body ?? undefined);
    });
  const sendRaw = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      // What was written after the answer's end may be met by a reset.
      socket
        .on('close', () => resolve(text))
        .on('error', (error) => (text === '' ? reject(error) : resolve(text)));
      socket.end(bytes, 'latin1');
    });
  const checkFaults = () => {
    const faults = running.takeFaults();
    if (faults.length > 0) broken(`the server logged ${faults.join(' ').slice(0, 1_000)}`);
  };
  return {
    send,
    sendRaw,
    checkFaults,
    async close() {
      agent.destroy();
      await running.close();
    },
  };
}

async function makeToken(
  { server, adminToken }: Awaited<ReturnType<typeof startFuzzedServer>>,
  body: unknown,
): Promise<string> {
  const answer = await fetch(`${server.url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return ((await answer.json()) as { secret: string }).secret;
}

/** A success, or an error of the list with its own status, a sentence and the id of the request. */
export function checkAnswer({ status, type, text }: Answer): void {
  if (status === 500) broken(`500: ${text.slice(0, 500)}`);
  if (status >= 200 && status < 300) return;
  if (!type.startsWith('application/json')) broken(`${status} as ${type}: ${text.slice(0, 200)}`);
  const { error } = JSON.parse(text) as {
    error?: { code?: unknown; message?: unknown; requestId?: unknown };
  };
  const code = String(error?.code);
  if (!isApiErrorCode(code) || code === 'internal')
    broken(`${status} without a known code: ${text.slice(0, 500)}`);
  if (API_ERRORS[code].status !== status) broken(`${status} for ${code}`);
  if (typeof error?.message !== 'string' || typeof error.requestId !== 'string' || error.requestId === '')
    broken(`${status} without a sentence or a request id: ${text.slice(0, 500)}`);
}

const WIDTH = 16;
const served = lazily(open);

/** Every route, with any path, query, headers, body and token. */
export const apiRequests = target<Ask>({
  name: 'api-requests',
  share: 25,
  width: WIDTH,
  isExact: true,
  make: makeAsk,
  async check(ask) {
    const { send, checkFaults } = await served.get();
    const answer = await send(ask);
    if (ask.method !== 'HEAD' || answer.status === 500) checkAnswer(answer);
    checkFaults();
  },
  close: () => served.close(),
});

const RAW = [
  'GET /v1/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'POST /v1/changes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'GET /v1/agent HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
  'POST /v1/changes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
];

const raw = lazily(open);

/** Bytes that may be no HTTP at all: answered with a code or closed, and others go on. */
export const apiBytes = target<string>({
  name: 'api-bytes',
  share: 5,
  width: 8,
  make: (random) => near(random, RAW),
  async check(bytes) {
    const { sendRaw, checkFaults } = await raw.get();
    const text = await sendRaw(bytes);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
    const at = text.indexOf('\r\n\r\n');
    const type = /^content-type: (.*)\r$/im.exec(text.slice(0, at))?.[1] ?? '';
    // What follows the first answer belongs to a second request; an upgrade that is refused has no body.
    const body =
      /^\{"error".*?"requestId":"[^"]*"[^}]*\}\}/.exec(text.slice(at + 4))?.[0] ?? text.slice(at + 4);
    if (text !== '' && !/^content-length: 0\r$/im.test(text.slice(0, at + 1)))
      checkAnswer({ status, type, text: body });
    checkFaults();
  },
  close: () => raw.close(),
});
