import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedAgent, upServer } from '../../test/support/scripted-agent.ts';
import { createApiClient, ROLES, type ApiClient, type Role } from '../api/index.ts';
import { startServer, type RunningServer } from './main.ts';

/** The routes as the document of the API tells them: a new route is tried here without anybody thinking of it. */
const { paths } = JSON.parse(
  readFileSync(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8'),
) as {
  paths: Record<string, Record<string, { 'x-hafleet-role': Role | 'none' }>>;
};
const ROUTES = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, route]) => ({
    method: method.toUpperCase(),
    path,
    role: route['x-hafleet-role'],
  })),
);

/** Real names for the parameters, and bodies that would be taken. A route that is missing here fails the scope test. */
const BODIES: Record<string, unknown> = {
  'PATCH /v1/backends/{name}': { minHealthy: '1' },
  'POST /v1/changes': { kind: 'disable', targets: ['web/web1'], dryRun: true },
  'POST /v1/changes/{id}/retry': {},
  'POST /v1/changes/{id}/undo': { dryRun: true },
  'POST /v1/nodes/{name}/adopt': { dryRun: true },
  'POST /v1/tokens': { name: 'wide', role: 'admin' },
};

function address(path: string): string {
  return path
    .replace('/v1/nodes/{name}', '/v1/nodes/lb1')
    .replace('/v1/backends/{name}', '/v1/backends/web')
    .replace('/v1/tokens/{name}', '/v1/tokens/a-viewer')
    .replace('{id}', 'CHG-1');
}

let folder: string;
let server: RunningServer;
let admin: ApiClient;
const secrets: Record<string, string> = {};

async function ask(route: { method: string; path: string }, secret?: string) {
  const body = BODIES[`${route.method} ${route.path}`];
  const answer = await fetch(server.url + address(route.path), {
    method: route.method,
    headers: {
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
  const { error } = (isJson ? JSON.parse(text) : {}) as { error?: { code: string } };
  return { status: answer.status, code: error?.code, text };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hafleet-auth-'));
  const log = pino({ level: 'silent' });
  server = await startServer({
    dataFolder: folder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log,
  });
  admin = createApiClient({
    server: server.url,
    token: readFileSync(server.adminTokenFile, 'utf8').trim(),
    fetch,
  });
  const joinToken = readFileSync(server.joinTokenFile, 'utf8').trim();
  await startScriptedAgent({
    url: server.url,
    joinToken,
    name: 'lb1',
    servers: ['web1', 'web2', 'web3', 'web4', 'web5'].map((name) => upServer('web', name)),
  });
  await admin.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
  for (const role of ROLES) secrets[role] = (await admin.createToken({ name: `a-${role}`, role })).secret;
  const scope = { backends: ['mail-*'], nodes: ['mx*'] };
  secrets['elsewhere'] = (await admin.createToken({ name: 'elsewhere', role: 'admin', scope })).secret;
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const guarded = ROUTES.filter(({ role }) => role !== 'none');

describe('every route', () => {
  it.each(guarded)('$method $path needs a token, and a right one', async (route) => {
    expect(await ask(route)).toMatchObject({ status: 401, code: 'token-missing' });
    expect(await ask(route, 'hafleet_api_wrong')).toMatchObject({ status: 401, code: 'token-wrong' });
  });

  it.each(guarded)('$method $path refuses roles below $role', async (route) => {
    for (const role of ROLES.slice(0, ROLES.indexOf(route.role as Role)))
      expect(await ask(route, secrets[role]), role).toMatchObject({ status: 403, code: 'role-too-low' });
  });

  it.each(guarded.filter(({ path }) => path !== '/v1/openapi.json'))(
    '$method $path shows and changes nothing out of scope',
    async (route) => {
      const { status, code, text } = await ask(route, secrets['elsewhere']);
      const isRefused =
        (status === 403 && code === 'out-of-scope') || (status === 404 && code === 'unknown-change');
      if (isRefused) return;
      expect([route.method, status], text).toEqual(['GET', 200]);
      expect(text).not.toMatch(/lb1|web1/);
    },
  );

  it.each(guarded.filter(({ method }) => method === 'GET'))(
    'GET $path is answered for its role',
    async (route) => {
      expect((await ask(route, secrets[route.role])).status).toBe(200);
    },
  );
});

describe('tokens', () => {
  it('are refused from the next request on when they are revoked, also while one waits', async () => {
    const { secret } = await admin.createToken({ name: 'short', role: 'viewer' });
    const other = createApiClient({ server: server.url, token: secret, fetch });
    const seen = (await other.change('CHG-1')).version;
    // Caught at once: the refusal may come before the last line is reached.
    const waiting = expect(other.change('CHG-1', { waitMs: 30_000, seen })).rejects.toMatchObject({
      code: 'token-wrong',
    });
    await admin.revokeToken('short');
    await expect(other.info()).rejects.toMatchObject({ code: 'token-wrong' });
    await admin.undoChange('CHG-1', { waitMs: 5000 });
    await waiting;
    await admin.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
  });

  it('come to their end by themselves', async () => {
    const { secret, token } = await admin.createToken({ name: 'brief', role: 'viewer', forMs: 1000 });
    expect(token.expired).toBe(false);
    const other = createApiClient({ server: server.url, token: secret, fetch });
    const end = performance.now() + 5000;
    let code: string | undefined;
    while (code === undefined && performance.now() < end)
      code = await other.info().then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
    expect(code).toBe('token-expired');
  });

  it('are never shown again: lists have no secret in them', async () => {
    const text = JSON.stringify(await admin.tokens());
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/hafleet_api_/);
  });

  it('cannot be revoked down to none that may make others', async () => {
    const { items } = await admin.tokens();
    const lasting = items.filter(
      ({ role, expiresAt, scope }) =>
        role === 'admin' && expiresAt === undefined && scope.nodes.includes('*'),
    );
    for (const { name } of lasting.filter(({ name }) => name !== 'admin')) await admin.revokeToken(name);
    await expect(admin.revokeToken('admin')).rejects.toMatchObject({ code: 'last-admin-token' });
  });

  it('with a scope fix `*` to the nodes and backends they reach', async () => {
    const scope = { backends: ['we?'], nodes: ['lb*'] };
    const { secret } = await admin.createToken({ name: 'web-team', role: 'operator', scope });
    const team = createApiClient({ server: server.url, token: secret, fetch });
    const { change } = await team.createChange({ kind: 'disable', targets: ['web2'], waitMs: 5000 });
    expect(change).toMatchObject({ on: 'lb1', servers: ['web/web2'], who: 'web-team' });
  });
});
