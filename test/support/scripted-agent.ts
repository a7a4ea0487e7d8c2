import { WebSocket } from 'ws';
import {
  serverMessage,
  type AgentMessage,
  type DesiredMessage,
  type InstanceReport,
  type IntentStatus,
  type ServerMessage,
  type ServerReport,
} from '../../src/api/index.ts';

export interface ScriptedAgent {
  readonly name: string;
  readonly desired: DesiredMessage[];
  readonly operations: Extract<ServerMessage, { type: 'operation' }>[];
  send(message: AgentMessage): void;
  report(part?: Partial<InstanceReport>): void;
  /** Says how this instance stands to every intent it was sent last. */
  acknowledge(status: IntentStatus['status'], more?: Partial<IntentStatus>): void;
  close(): void;
  readonly closed: Promise<void>;
}

type DoctorReply = Omit<Extract<AgentMessage, { type: 'operation-result' }>, 'type' | 'id'>;

const KNOWS_NO_DOCTOR: DoctorReply = { ok: false, code: 'operation-unknown' };

export interface AgentScript {
  readonly url: string;
  readonly joinToken: string;
  readonly name: string;
  readonly servers: readonly ServerReport[];
  /** What it answers a doctor; undefined is silence. Default: as an agent from before there was one. */
  readonly doctor?: () => DoctorReply | undefined;
  /** Called with every desired state. Default: everything is done at once. */
  readonly onDesired?: (agent: ScriptedAgent, message: DesiredMessage) => void;
}

/** A healthy server, as HAProxy 3.0 shows one with a passed check. */
export function upServer(backend: string, server: string, more: Partial<ServerReport> = {}): ServerReport {
  return {
    backend,
    server,
    id: 1,
    address: '127.0.0.1',
    port: 80,
    operationalState: 2,
    adminFlags: 0,
    weight: 1,
    initialWeight: 1,
    checkStatus: 6,
    checkState: 6,
    checkResult: 3,
    checkHealth: 4,
    agentState: 0,
    since: 0,
    ...more,
  };
}

export async function enrol({
  url,
  joinToken,
  name,
}: Pick<AgentScript, 'url' | 'joinToken' | 'name'>): Promise<Response> {
  return fetch(`${url}/v1/nodes/enrol`, {
    method: 'POST',
    headers: { authorization: `Bearer ${joinToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, labels: {} }),
  });
}

/**
 * An agent without a HAProxy: speaks the protocol as a test tells it to. For what a real one does not give on demand; the
 * real one is tested against real HAProxy in test/e2e.
 */
export async function startScriptedAgent(script: AgentScript): Promise<ScriptedAgent> {
  const { credential } = (await (await enrol(script)).json()) as { credential: string };
  return connectScriptedAgent(script, credential);
}

export async function connectScriptedAgent(script: AgentScript, credential: string): Promise<ScriptedAgent> {
  const { url, name, servers, doctor = () => KNOWS_NO_DOCTOR } = script;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/agent`, {
    headers: { authorization: `Bearer ${credential}` },
  });
  const desired: DesiredMessage[] = [];
  const operations: ScriptedAgent['operations'] = [];
  const send = (message: AgentMessage) => socket.send(JSON.stringify(message));
  const instance = (part: Partial<InstanceReport>): InstanceReport => ({
    name: 'http',
    groups: [],
    mode: 'observe',
    reading: 'ok',
    readAgeMs: 0,
    full: false,
    servers: [],
    gone: [],
    intents: [],
    ...part,
  });
  const agent: ScriptedAgent = {
    name,
    desired,
    operations,
    send,
    report: (part = {}) =>
      send({ type: 'report', holds: desired.at(-1)?.position ?? null, instances: [instance(part)] }),
    acknowledge(status, more = {}) {
      const intents = (desired.at(-1)?.intents ?? []).map(({ id, revision }) => ({
        id,
        revision,
        status,
        servers: 1,
        ...more,
      }));
      agent.report({ intents });
    },
    close: () => socket.terminate(),
    closed: new Promise((resolve) => socket.on('close', () => resolve())),
  };
  const onDesired = script.onDesired ?? ((one: ScriptedAgent) => one.acknowledge('done'));
  const ready = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const message = serverMessage.parse(JSON.parse(data.toString('utf8')));
      if (message.type === 'operation') operations.push(message);
      if (message.type === 'operation' && message.operation.kind === 'doctor') {
        const answer = doctor();
        if (answer) send({ type: 'operation-result', id: message.id, ...answer });
      }
      if (message.type !== 'desired') return;
      desired.push(message);
      if (desired.length === 1) {
        agent.report({ full: true, servers: [...servers] });
        resolve();
      }
      onDesired(agent, message);
    });
  });
  socket.on('open', () =>
    send({
      type: 'hello',
      protocol: { major: 1, minor: 0 },
      version: '0.1.0',
      node: name,
      labels: {},
      holds: null,
    }),
  );
  await ready;
  return agent;
}
