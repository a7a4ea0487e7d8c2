import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** One message as it went over the wire. */
export interface Recorded {
  readonly from: 'agent' | 'server';
  readonly message: unknown;
}

export interface ProtocolTap {
  /** Where an agent is told that its server is. */
  readonly url: string;
  readonly recorded: Recorded[];
  close(): Promise<void>;
}

/** Stands between an agent and its server, and keeps what they say to each other, in order. */
export async function startProtocolTap(server: string): Promise<ProtocolTap> {
  const recorded: Recorded[] = [];
  const http = createServer((request, response) => {
    void forwardRequest(server, request).then(({ status, text }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(text),
    );
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on('upgrade', (request, stream, head) =>
    sockets.handleUpgrade(request, stream, head, (agent) => join(agent, request)),
  );

  function join(agent: WebSocket, request: IncomingMessage): void {
    const upstream = new WebSocket(new URL(request.url ?? '/', server.replace(/^http/, 'ws')), {
      headers: { authorization: request.headers.authorization ?? '' },
      perMessageDeflate: false,
    });
    const early: string[] = [];
    const keep = (from: Recorded['from'], text: string) => recorded.push({ from, message: JSON.parse(text) });
    agent.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      keep('agent', text);
      if (upstream.readyState === WebSocket.OPEN) upstream.send(text);
      else early.push(text);
    });
    upstream.on('open', () => early.forEach((text) => upstream.send(text)));
    upstream.on('message', (data: Buffer) => {
      keep('server', data.toString('utf8'));
      agent.send(data.toString('utf8'));
    });
    for (const [one, other] of [
      [agent, upstream],
      [upstream, agent],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.terminate());
    }
  }

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    recorded,
    async close() {
      for (const client of sockets.clients) client.terminate();
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
}

async function forwardRequest(
  server: string,
  request: IncomingMessage,
): Promise<{ status: number; text: string }> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  const answer = await fetch(new URL(request.url ?? '/', server), {
    method: request.method ?? 'GET',
    headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
    body: Buffer.concat(parts),
  });
  return { status: answer.status, text: await answer.text() };
}
