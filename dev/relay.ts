import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';
import type { Sandbox } from './sandbox.ts';

export interface RelayOptions {
  readonly sandbox: Sandbox;
  readonly target: { readonly address: string; readonly port: number };
  /** Default: the next address of the sandbox's relay area. */
  readonly address?: string;
  /** Default: the target's. */
  readonly port?: number;
}

/** A TCP connection's way through the network, and what can happen to it. */
export interface Relay {
  readonly address: string;
  readonly port: number;
  /** Resets what is connected and refuses what comes. */
  cut(): Promise<void>;
  /** Keeps connections, accepts new ones, and forwards nothing either way: what is alive and yet dead. */
  stall(): Promise<void>;
  /** Forwards everything this much later. */
  delay(ms: number): Promise<void>;
  /** As at the start. What was stalled arrives now. */
  heal(): Promise<void>;
  /** Connections that are open now. */
  connections(): number;
}

interface Weather {
  stalled: boolean;
  delayMs: number;
}

/** Forwards one direction, in order, as the weather allows. */
function forward(from: Socket, to: Socket, weather: Weather): { resume(): void } {
  const held: (() => void)[] = [];
  // Of the held ones, this many have served their delay. Counted, so that a shorter delay later cannot overtake.
  let ripe = 0;
  function flush(): void {
    while (!weather.stalled && ripe > 0) {
      ripe--;
      held.shift()?.();
    }
  }
  function ripen(): void {
    ripe++;
    flush();
  }
  function later(action: () => void): void {
    held.push(action);
    if (weather.delayMs === 0) ripen();
    else setTimeout(ripen, weather.delayMs);
  }
  from.on('data', (part) => later(() => void to.write(part)));
  from.on('end', () => later(() => to.end()));
  return { resume: flush };
}

export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { sandbox, target } = options;
  const address = options.address ?? sandbox.nextAddress('relay');
  const port = options.port ?? target.port;
  const weather: Weather = { stalled: false, delayMs: 0 };
  const pairs = new Map<Socket, { end(): void; resume(): void }>();

  function accept(client: Socket): void {
    const remote = connect({ host: target.address, port: target.port, allowHalfOpen: true });
    const ways = [forward(client, remote, weather), forward(remote, client, weather)];
    const end = () => {
      pairs.delete(client);
      client.destroy();
      remote.destroy();
    };
    pairs.set(client, { end, resume: () => ways.forEach((way) => way.resume()) });
    for (const socket of [client, remote]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
  }

  const server: Server = createServer({ allowHalfOpen: true }, accept);
  async function listen(): Promise<void> {
    if (server.listening) return;
    server.listen({ host: address, port });
    await once(server, 'listening');
  }
  async function cut(): Promise<void> {
    for (const pair of pairs.values()) pair.end();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }
  async function become(stalled: boolean, delayMs: number): Promise<void> {
    weather.stalled = stalled;
    weather.delayMs = delayMs;
    await listen();
    for (const pair of pairs.values()) pair.resume();
  }

  await listen();
  sandbox.onClose(cut);
  return {
    address,
    port,
    cut,
    stall: () => become(true, 0),
    delay: (ms) => become(false, ms),
    heal: () => become(false, 0),
    connections: () => pairs.size,
  };
}
