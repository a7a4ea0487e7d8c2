import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from './app-server.ts';
import { get } from './http-get.ts';
import { type Sandbox, createSandbox } from './sandbox.ts';
import { waitUntil } from './wait.ts';

describe('an application server', () => {
  let sandbox: Sandbox;
  let app: AppServer;
  beforeEach(async () => {
    sandbox = await createSandbox({ name: 'hf-test' });
    app = await startAppServer({ sandbox, name: 'app1', version: 'v1' });
  });
  afterEach(() => sandbox.close());

  it('answers with its name and the version that was deployed last', async () => {
    expect(await get(app)).toEqual({ status: 200, server: 'app1', body: 'app1 v1\n' });
    app.version = 'v2';
    expect((await get(app)).body).toBe('app1 v2\n');
  });

  it('counts checks apart from traffic, and traffic by path', async () => {
    for (const path of ['/health', '/a', '/a?x=1', '/b']) await get(app, path);
    expect(app.counts()).toMatchObject({ checks: 1, requests: 3, failed: 0 });
    expect(app.counts().byPath.get('/a')).toBe(2);
    app.resetCounts();
    expect(app.counts()).toMatchObject({ checks: 0, requests: 0 });
  });

  it('fails for checks, for traffic, or for both', async () => {
    await app.behave({ kind: 'fail', status: 500 }, 'traffic');
    expect((await get(app)).status).toBe(500);
    expect((await get(app, '/health')).status).toBe(200);
    await app.behave({ kind: 'fail', status: 503 });
    expect((await get(app, '/health')).status).toBe(503);
    await app.behave({ kind: 'ok' });
    expect((await get(app)).status).toBe(200);
  });

  it('fails exactly as many requests as it was told to', async () => {
    app.failNext(2);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await get(app)).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
    expect(app.counts()).toMatchObject({ requests: 4, failed: 2 });
  });

  it('answers slowly', async () => {
    await app.behave({ kind: 'slow', ms: 50 });
    const start = performance.now();
    expect((await get(app)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(45);
  });

  it('takes a request and never answers it when it hangs', async () => {
    await app.behave({ kind: 'hang' });
    const hanging = get(app).catch((error: Error) => error);
    await waitUntil(() => app.counts().requests === 1, { for: 'the request' });
    await app.close();
    expect(await hanging).toBeInstanceOf(Error);
  });

  it('refuses connections, and listens again on the same port', async () => {
    await app.behave({ kind: 'refuse' });
    await expect(get(app)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await app.behave({ kind: 'ok' });
    expect((await get(app)).status).toBe(200);
  });
});
