import { type Socket, createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../app-server.ts';
import { type Sandbox, createSandbox } from '../sandbox.ts';
import { waitUntil } from '../wait.ts';
import { generateLoad } from './generate.ts';

describe('the load generator', () => {
  let sandbox: Sandbox;
  let app: AppServer;
  beforeEach(async () => {
    sandbox = await createSandbox({ name: 'hf-test' });
    app = await startAppServer({ sandbox, name: 'app1' });
  });
  afterEach(() => sandbox.close());

  it.each(['keep-alive', 'close'] as const)('counts exactly what failed, %s', async (mode) => {
    app.failNext(37);
    const report = await generateLoad({ targets: [app], count: 500, mode, connections: 8 }).done;
    expect(report).toMatchObject({
      sent: 500,
      ok: 463,
      failed: 37,
      reasons: { 'status 500': 37 },
      servers: { app1: 463 },
      connects: mode === 'close' ? 500 : 8,
    });
    expect(app.counts().requests).toBe(500);
  });

  it('counts refused connections', async () => {
    await app.behave({ kind: 'refuse' });
    const report = await generateLoad({ targets: [app], count: 20, connections: 4 }).done;
    expect(report).toMatchObject({ sent: 20, ok: 0, failed: 20, reasons: { 'connect ECONNREFUSED': 20 } });
  });

  it('counts what is not answered in time', async () => {
    await app.behave({ kind: 'hang' });
    const report = await generateLoad({ targets: [app], count: 3, connections: 3, timeoutMs: 30 }).done;
    expect(report).toMatchObject({ sent: 3, failed: 3, reasons: { 'time-out': 3 } });
  });

  it.each([
    ['closed before the answer', (socket: Socket) => socket.end()],
    [
      'closed within the answer',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab'),
    ],
    ['ECONNRESET', (socket: Socket) => socket.resetAndDestroy()],
    ['not an HTTP answer', (socket: Socket) => socket.end('hello\r\n\r\n')],
  ])('counts requests that are "%s"', async (reason, answer) => {
    const server = createServer((socket) => void socket.once('data', () => answer(socket)));
    const target = { address: sandbox.nextAddress('app'), port: 8080 };
    server.listen(target.port, target.address);
    await once(server, 'listening');
    const report = await generateLoad({ targets: [target], count: 5, connections: 1 }).done;
    expect(report).toMatchObject({ sent: 5, ok: 0, failed: 5, reasons: { [reason]: 5 } });
    server.close();
  });

  it('opens a new connection where an idle one was closed, without a failure', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        setImmediate(() => socket.end());
      });
    });
    const target = { address: sandbox.nextAddress('app'), port: 8080 };
    server.listen(target.port, target.address);
    await once(server, 'listening');
    const report = await generateLoad({ targets: [target], count: 5, connections: 1, rate: 50 }).done;
    expect(report).toMatchObject({ sent: 5, ok: 5, failed: 0, connects: 5 });
    server.close();
  });

  it('keeps to a rate', async () => {
    const report = await generateLoad({ targets: [app], rate: 500, count: 100 }).done;
    expect(report.seconds).toBeGreaterThan(0.15);
    expect(report.failed).toBe(0);
  });

  it('stops when told to, and still waits for what is on its way', async () => {
    await app.behave({ kind: 'slow', ms: 20 });
    const generator = generateLoad({ targets: [app], connections: 2 });
    await waitUntil(() => app.counts().requests >= 2, { for: 'two requests' });
    generator.stop();
    const report = await generator.done;
    expect(report.failed).toBe(0);
    expect(report.ok).toBe(report.sent);
  });

  it('uses its paths and headers in turn', async () => {
    await generateLoad({ targets: [app], count: 10, connections: 1, paths: ['/a', '/b'] }).done;
    expect([...app.counts().byPath]).toEqual([
      ['/a', 5],
      ['/b', 5],
    ]);
  });
});
