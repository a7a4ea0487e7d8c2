import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  agentMessage,
  MAX_MESSAGE_BYTES,
  PROTOCOL,
  tryParse,
  type AgentMessage,
  type EpochProof,
  type LocalChange,
  type ServerMessage,
  type WireOperation,
} from '../../api/index.ts';
import { errorText, sha256, type Logger } from '../../lib/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { isReachable, type AgentLink, type NodeLive } from '../fleet/node-live.ts';
import type { Mirror } from '../store/mirror.ts';
import type { FleetRecord, NodeRecord } from '../store/records.ts';
import type { Dispatcher } from './dispatcher.ts';
import { createOperations, type OperationOutcome } from './operations.ts';
import { foreignGreeting, foreignText, speaksOurs } from './versions.ts';

export const AGENT_PATH = '/v1/agent';

/** An agent that answers no ping for this long is cut off: its node shows as not connected, and it dials again. */
const PING_EVERY_MS = 5_000;

export interface HubParts {
  readonly fleet: Pick<FleetRecord, 'id' | 'epoch'>;
  readonly proof: () => EpochProof | undefined;
  readonly version: string;
  readonly view: FleetView;
  /** The node a credential belongs to; undefined when it does not count. */
  readonly nodeOf: (credential: string) => string | undefined;
  readonly dispatcher: Pick<Dispatcher, 'heard'>;
  /** What was asked for on a node's machine itself; not asked for while a fleet is being recovered. */
  readonly onLocal?: (node: string, changes: readonly LocalChange[]) => void;
  readonly log: Logger;
}

export interface Hub {
  /** Takes over an HTTP upgrade to AGENT_PATH; any other path is closed. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Greets a connected agent anew, with another proof of the present epoch. */
  welcomeAgain(node: string, proof: EpochProof): void;
  /** Runs a one-off operation on a node. Never rejects: a lost connection or a time-out is an outcome. */
  run(node: string, operation: WireOperation): Promise<OperationOutcome>;
  close(): void;
}

/** The agents' end of the server: who may connect, what they say, what is sent to them. */
export function createHub(parts: HubParts): Hub {
  const { fleet, proof, version, view, dispatcher, log } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const operations = createOperations(view);

  const connected = (node: NodeLive, socket: WebSocket) => {
    const link = linkOver(socket);
    node.link?.close('replaced', 'this node has connected anew');
    node.link = link;
    view.connected(node);
    keepAlive(socket);
    link.send(welcome(proof()));
    socket.on('message', (data: Buffer) => receive(node, link, data.toString('utf8')));
    socket.on('close', () => {
      if (node.link !== link) return;
      node.link = null;
      view.lost(node);
    });
    socket.on('error', (error) => log.warn({ node: node.name, error: errorText(error) }, 'agent connection'));
  };

  const welcome = (started: EpochProof | undefined): ServerMessage => {
    const about = { protocol: PROTOCOL, version, fleetId: fleet.id, epoch: fleet.epoch };
    return { type: 'welcome', ...about, ...(started ? { proof: started } : {}) };
  };

  const receive = (node: NodeLive, link: AgentLink, text: string) => {
    if (node.link !== link) return;
    const message = readMessage(text);
    const foreign = foreignGreeting(text);
    if (foreign) return view.heardForeign(node, foreign);
    if (typeof message === 'string') {
      log.warn({ node: node.name, reason: message }, 'message of an agent was not understood and left out');
      link.send({ type: 'refused', code: 'message-not-understood', message });
      return;
    }
    handle(node, message);
  };

  const handle = (node: NodeLive, message: AgentMessage) => {
    switch (message.type) {
      case 'hello':
        node.agentVersion = message.version;
        node.protocol = `${message.protocol.major}.${message.protocol.minor}`;
        node.holds = message.holds;
        node.labels = message.labels;
        view.heard(node);
        return dispatcher.heard(node.name, message.holds, message.asks);
      case 'report':
        view.report(node, message);
        if (!speaksOurs(node.protocol)) return undefined;
        dispatcher.heard(node.name, message.holds);
        if (message.local) parts.onLocal?.(node.name, message.local);
        return undefined;
      case 'held':
        return view.held(node, message);
      case 'operation-result':
        return operations.settle(message);
    }
  };

  return {
    upgrade(request, socket, head) {
      const admitted = admit(request, parts);
      if ('refused' in admitted) return refuse(socket, admitted.refused);
      sockets.handleUpgrade(request, socket, head, (accepted) =>
        connected(view.node(admitted.node), accepted),
      );
    },
    welcomeAgain: (node, adoption) => view.node(node).link?.send(welcome(adoption)),
    async run(node, operation) {
      const { protocol } = view.node(node);
      if (protocol === null || speaksOurs(protocol)) return operations.run(node, operation);
      return { ok: false, code: 'protocol-differs', message: foreignText(protocol) };
    },
    close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}

/** The node whose agent may connect, or the HTTP status line to refuse with. */
function admit(request: IncomingMessage, { nodeOf, view }: HubParts): { node: string } | { refused: string } {
  if (request.url?.split('?')[0] !== AGENT_PATH) return { refused: '404 Not Found' };
  const credential = /^Bearer (\S{1,1000})$/.exec(request.headers.authorization ?? '')?.[1];
  const node = credential === undefined ? undefined : nodeOf(credential);
  if (node === undefined) return { refused: '401 Unauthorized' };
  // A copied machine would push the real one out, again and again: the one that is alive stays.
  return isReachable(view.node(node), view.now()) ? { refused: '409 Conflict' } : { node };
}

/** Looks a credential up among the enrolled nodes, by digest. */
export function enrolledNode(nodes: Mirror<NodeRecord>): (credential: string) => string | undefined {
  return (credential) => {
    const digest = sha256(credential);
    return [...nodes.entries.values()].find(({ value }) => value.credentialDigest === digest)?.value.name;
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function linkOver(socket: WebSocket): AgentLink {
  return {
    send: (message: ServerMessage) => socket.send(JSON.stringify(message)),
    close(code, message) {
      socket.send(JSON.stringify({ type: 'refused', code, message } satisfies ServerMessage));
      socket.close(4000, code);
    },
  };
}

function keepAlive(socket: WebSocket): void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_EVERY_MS);
  socket.on('close', () => clearInterval(timer));
}

function readMessage(text: string): AgentMessage | string {
  try {
    const parsed = tryParse(agentMessage, JSON.parse(text));
    return parsed.success
      ? parsed.data
      : parsed.error.issues
          .map(({ path, message }) => `${path.join('.')}: ${message}`)
          .join('; ')
          .slice(0, 500);
  } catch (thrown) {
    return errorText(thrown);
  }
}
