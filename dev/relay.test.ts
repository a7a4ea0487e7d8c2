import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Relay, startRelay } from './relay.ts';
import { type Sandbox, createSandbox } from './sandbox.ts';
import { waitUntil } from './wait.ts';

/** A client that collects what it is sent. */
function dial({ address, port }: Relay) {
  const socket: Socket = connect({ host: address, port });
  const client = { socket, got: '', closed: false };
  socket.setEncoding('utf8').on('data', (part: string) => (client.got += part));
  socket.on('error', () => undefined);
  socket.on('close', () => (client.closed = true));
  return client;
}

describe('a relay', () => {
  let sandbox: Sandbox;
  let echo: Server;
  let relay: Relay;

  beforeEach(async () => {
    sandbox = await createSandbox({ name: 'hf-test' });
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    const target = { address: sandbox.address('app', 1), port: 7000 };
    echo.listen(target.port, target.address);
    await once(echo, 'listening');
    relay = await startRelay({ sandbox, target });
  });
  afterEach(async () => {
    await sandbox.close();
    echo.close();
  });

  it('forwards both ways, ends included', async () => {
    const client = dial(relay);
    client.socket.end('hello');
    await waitUntil(() => client.closed, { for: 'the end' });
    expect(client.got).toBe('hello');
    expect(relay.connections()).toBe(0);
  });

  it('ends connections and refuses new ones when cut, until healed', async () => {
    const before = dial(relay);
    before.socket.write('a');
    await waitUntil(() => before.got === 'a', { for: 'the echo' });
    await relay.cut();
    await waitUntil(() => before.closed, { for: 'the end' });
    const [error] = (await once(connect({ host: relay.address, port: relay.port }), 'error')) as [Error];
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    await relay.heal();
    const after = dial(relay);
    after.socket.write('b');
    await waitUntil(() => after.got === 'b', { for: 'the echo' });
  });

  it('accepts and forwards nothing when stalled, and delivers late when healed', async () => {
    await relay.stall();
    const client = dial(relay);
    client.socket.write('a');
    await waitUntil(() => relay.connections() === 1, { for: 'the connection' });
    const other = await startRelay({ sandbox, target: { address: sandbox.address('app', 1), port: 7000 } });
    const witness = dial(other);
    witness.socket.write('w');
    await waitUntil(() => witness.got === 'w', { for: 'the witness' });
    expect(client.got).toBe('');
    client.socket.write('b');
    await relay.heal();
    await waitUntil(() => client.got === 'ab', { for: 'all of it, in order' });
  });

  it('forwards later when delayed, in order', async () => {
    await relay.delay(40);
    const client = dial(relay);
    const start = performance.now();
    for (const part of ['a', 'b', 'c']) client.socket.write(part);
    await waitUntil(() => client.got === 'abc', { for: 'the echo' });
    expect(performance.now() - start).toBeGreaterThan(75);
  });
});
