import { readFileSync } from 'node:fs';
import { Agent, request, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../../../dev/index.ts';
import { API_ERRORS, isApiErrorCode } from '../../../src/api/index.ts';
import type { Random } from '../random.ts';
import { anyJson, nearJson } from './json.ts';
import { lazily, startFuzzedServer } from './running-server.ts';
import { broken, target } from './target.ts';
import { near, NUMBERS, once } from './words.ts';

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Which token: one of the server's, one made for this, or a stranger's words. */
  readonly token: 'admin' | 'operator' | 'viewer' | 'scoped' | 'join' | 'none' | 'wrong';
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
}

/** The routes as the document of the API tells them: a new one is tried without anybody thinking of it. */
function readRoutes(): Route[] {
  interface Described {
    readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  }
  const text = readFileSync(join(ROOT, 'docs/reference/openapi.json'), 'utf8');
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Described>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    })),
  );
}

let routes: Route[] | undefined;

const CHANGE = {
  ...{ kind: 'disable', targets: ['web/web1'], on: '*', instance: 'http', reason: 'disk', ticket: 'INC-7' },
  ...{ dryRun: true, overrides: ['capacity'], forMs: 600_000, waitMs: 0, drain: { waitMs: 0 } },
};
/** Bodies that would be taken, or nearly. */
const BODIES: readonly unknown[] = [
  CHANGE,
  { kind: 'weight', targets: ['web/web[1-2]'], weight: 10, exclude: 'lb[2-3]', waitMs: 0 },
  { kind: 'enable', targets: ['*/web1'], waitMs: 0 },
  { kind: 'kill-sessions', targets: ['web2'], waitMs: 0 },
  { minHealthy: '60%', reason: 'less is enough' },
  {
    name: 'fuzz-1',
    role: 'viewer',
    scope: { backends: ['web-*'], nodes: ['lb?'], sites: ['*'] },
    forMs: 60_000,
  },
  { name: 'fuzz-2', labels: { site: 'fra', role: 'edge' } },
  { dryRun: true },
  { waitMs: 0, reason: 'x', overrides: [] },
];
const NAMES = [
  'guard',
  'web',
  'web1',
  'CHG-1',
  'CHG-2',
  'lb1',
  'nobody',
  '__proto__',
  'constructor',
  ...NUMBERS,
];
const QUERIES = ['lb[1-4],@edge', '*!guard', 'web', 'warning', 'CHG-1', '0', 'true', 'off', ...NUMBERS];
const TOKENS = [
  'admin',
  'admin',
  'admin',
  'admin',
  'operator',
  'viewer',
  'scoped',
  'join',
  'none',
  'wrong',
] as const;

/** Without the guard's own ends: who removes the node or its token has done what he may, and tests nothing any more. */
function pathOf(random: Random, { method, path, query }: Route): string {
  const names = method === 'DELETE' ? ['nobody', 'fuzz-1', 'fuzz-2', '__proto__'] : NAMES;
  const filled = path.replaceAll(/\{\w+\}/g, () => encode(random, near(random, names)));
  const keys = [...query, '__proto__', 'constructor'].filter((name) => name !== 'waitMs' && once(random, 3));
  const pairs = keys.map((key) => `${key}=${encode(random, near(random, QUERIES))}`);
  const whole = pairs.length > 0 ? `${filled}?${pairs.join('&')}` : filled;
  return once(random, 20) ? encodeURI(wellFormed(near(random, [whole]))) || '/' : whole;
}

/** As a client would, or as somebody who wants to see what happens. */
function encode(random: Random, text: string): string {
  const right = encodeURIComponent(wellFormed(text));
  return once(random, 8) ? near(random, [right]).replaceAll(/[^\x21-\x7e]/g, '%') : right;
}

/** Lone surrogates have no encoding. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function headersOf(random: Random): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const odd = () =>
    near(random, ['application/json', 'text/plain', 'gzip', '0', '*']).replaceAll(/[^\x20-\x7e]/g, '?');
  if (once(random, 10)) headers['content-type'] = odd().slice(0, 4_000);
  if (once(random, 20))
    headers[random.pick(['accept', 'accept-encoding', 'x-request-id', 'cookie'])] = odd().slice(0, 4_000);
  return headers;
}

function makeAsk(random: Random): Ask {
  const route = random.pick((routes ??= readRoutes()));
  const method = once(random, 40) ? random.pick(['PUT', 'OPTIONS', 'HEAD', 'TRACE', 'GET']) : route.method;
  const body = once(random, 30) ? anyJson(random) : random.pick(BODIES);
  return {
    method,
    path: pathOf(random, route),
    headers: headersOf(random),
    body:
      ['POST', 'PATCH', 'PUT', 'DELETE'].includes(method) && !once(random, 12)
        ? nearJson(random, body)
        : null,
    token: random.pick(TOKENS),
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function open() {
  const running = await startFuzzedServer();
  const agent = new Agent({ keepAlive: true, maxSockets: WIDTH });
  const tokens: Record<Ask['token'], string | undefined> = {
    ...{ admin: running.adminToken, join: running.joinToken, none: undefined, wrong: 'x'.repeat(43) },
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
  close: served.close,
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
  close: raw.close,
});
