import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  type AgentEvent,
  type AgentMessage,
  type InstanceReport,
  type IntentStatus,
  type ServerReport,
  type WireIntent,
  agentMessage,
} from '../../src/api/index.ts';
import { canonicalJson, sha256 } from '../../src/lib/index.ts';
import { waitUntil } from '../../dev/index.ts';

export interface ControlOptions {
  readonly fleetId?: string;
  readonly joinToken?: string;
  /** Answers enrolment with this error instead. */
  readonly enrolError?: { readonly status: number; readonly code: string };
  readonly major?: number;
}

/** What a server would know of one instance. */
export interface SeenInstance {
  readonly report: InstanceReport;
  readonly rows: ReadonlyMap<string, ServerReport>;
  readonly statuses: ReadonlyMap<string, IntentStatus>;
}

/** A server of one node that speaks the protocol, wants what the test says and checks every message against its schema. */
export interface ScriptedControl {
  readonly url: string;
  readonly events: AgentEvent[];
  readonly messages: AgentMessage[];
  /** Messages that do not have the documented shape. A test expects none. */
  readonly invalid: string[];
  readonly enrolments: number;
  readonly connected: boolean;
  instance(name?: string): SeenInstance | undefined;
  /** Sends intents as the next revision; other positions where given. */
  desire(
    intents: readonly WireIntent[],
    position?: Partial<{ fleetId: string; epoch: number; revision: number }>,
  ): void;
  sendRaw(message: object): void;
  /** These very characters. */
  sendText(text: string): void;
  /** Resolves with the status when it is this one; the error names the last one seen. */
  status(id: string, status: IntentStatus['status'], timeoutMs?: number): Promise<IntentStatus>;
  row(key: string): ServerReport | undefined;
  disconnect(): void;
  close(): Promise<void>;
}

interface Seen {
  report: InstanceReport;
  rows: Map<string, ServerReport>;
  statuses: Map<string, IntentStatus>;
}

export async function startScriptedControl(options: ControlOptions = {}): Promise<ScriptedControl> {
  const { fleetId = 'fleet-1', joinToken = 'join-1', enrolError, major = 1 } = options;
  const events: AgentEvent[] = [];
  const messages: AgentMessage[] = [];
  const invalid: string[] = [];
  const seen = new Map<string, Seen>();
  let enrolments = 0;
  let revision = 0;
  let wanted: object | undefined;
  let socket: WebSocket | undefined;

  const http = createServer((request, response) => {
    request.resume();
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    enrolments++;
    if (enrolError)
      return answer(enrolError.status, {
        error: { code: enrolError.code, message: 'no', retryable: false, requestId: '1' },
      });
    if (request.headers.authorization !== `Bearer ${joinToken}`)
      return answer(401, {
        error: { code: 'join-token-wrong', message: 'no', retryable: false, requestId: '1' },
      });
    return answer(200, { node: 'n1', credential: 'secret-1', fleetId });
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on('upgrade', (request: IncomingMessage, stream, head) => {
    if (request.headers.authorization !== 'Bearer secret-1') {
      stream.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (made) => {
      socket = made;
      seen.clear();
      made.on('message', (data) => take((data as Buffer).toString('utf8')));
      made.on('close', () => {
        if (socket === made) socket = undefined;
      });
    });
  });

  function take(text: string): void {
    const parsed = agentMessage.safeParse(JSON.parse(text));
    if (!parsed.success) {
      invalid.push(`${parsed.error.message} in ${text.slice(0, 500)}`);
      return;
    }
    messages.push(parsed.data);
    if (parsed.data.type === 'hello') {
      send({ type: 'welcome', protocol: { major, minor: 0 }, version: '0', fleetId, epoch: 1 });
      if (wanted) send(wanted);
    }
    if (parsed.data.type !== 'report') return;
    events.push(...(parsed.data.events ?? []));
    for (const report of parsed.data.instances) takeInstance(report);
  }

  function takeInstance(report: InstanceReport): void {
    const known = seen.get(report.name);
    const now: Seen =
      report.full || !known ? { report, rows: new Map(), statuses: new Map() } : { ...known, report };
    for (const row of report.servers) now.rows.set(`${row.backend}/${row.server}`, row);
    for (const { backend, server } of report.gone) now.rows.delete(`${backend}/${server}`);
    for (const status of report.intents) now.statuses.set(status.id, status);
    seen.set(report.name, now);
  }

  function send(message: object): void {
    socket?.send(JSON.stringify(message));
  }

  const instance = (name = 'http') => seen.get(name);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    events,
    messages,
    invalid,
    get enrolments() {
      return enrolments;
    },
    get connected() {
      return socket !== undefined;
    },
    instance,
    desire(intents, position = {}) {
      revision = position.revision ?? revision + 1;
      const digest = sha256(canonicalJson(intents));
      wanted = { type: 'desired', position: { fleetId, epoch: 1, ...position, revision, digest }, intents };
      send(wanted);
    },
    sendRaw: send,
    sendText: (text) => socket?.send(text),
    status: (id, status, timeoutMs = 10_000) =>
      waitUntil(
        () => {
          const found = instance()?.statuses.get(id);
          if (found?.status === status) return found;
          throw new Error(`it is ${JSON.stringify(found)}`);
        },
        { for: `${id} ${status}`, timeoutMs, everyMs: 2 },
      ),
    row: (key) => instance()?.rows.get(key),
    disconnect: () => socket?.terminate(),
    async close() {
      socket?.terminate();
      sockets.close();
      http.close();
      http.closeAllConnections();
      await once(http, 'close').catch(() => undefined);
    },
  };
}

/** An intent as a server would send it; `id` is `CHG-<order>:<backend>/<server>`. */
export function intentOf(
  name: string,
  want: 'maint' | 'drain' | 'ready' | number | null,
  more: Partial<WireIntent> = {},
): WireIntent {
  const [backend = '', server = ''] = name.split('/');
  const order = more.order ?? 1;
  return {
    id: `CHG-${order}:${name}`,
    change: `CHG-${order}`,
    order,
    revision: 1,
    instance: '*',
    backend,
    server,
    on: '*',
    want: typeof want === 'string' ? { aspect: 'state', state: want } : { aspect: 'weight', weight: want },
    phase: 'holding',
    who: 'mara',
    why: 'test',
    from: 0,
    ...more,
  };
}
