import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { waitUntil } from '../dev/wait.ts';
import { startAgent } from '../src/agent/main.ts';
import { judgePosition } from '../src/agent/held/position.ts';
import { readMessage } from '../src/agent/link/messages.ts';
import { type FleetPosition, agentMessage, createApiClient } from '../src/api/index.ts';
import { canonicalJson, sha256 } from '../src/lib/index.ts';
import { startServer, type RunningServer } from '../src/server/main.ts';
import { enrol } from './support/scripted-agent.ts';
import { startScriptedControl } from './support/scripted-control.ts';

const CORPUS = resolve(import.meta.dirname, 'corpus/protocol');

type Message = Record<string, unknown> & { readonly type: string };

/** What was recorded of a version: `npm run build && node dist/dev/record-protocol.js` wrote it before that version was let go. */
function recorded(version: string, from: 'agent' | 'server'): Message[] {
  const lines = readFileSync(join(CORPUS, version, 'day.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines
    .map((line) => JSON.parse(line) as { from: string; message: Message })
    .filter((one) => one.from === from)
    .map(({ message }) => message);
}

/** As a newer minor version would send it: with fields that this one does not know, at every level. */
function withNewFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNewFields);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === 'labels' ? inner : withNewFields(inner),
  ]);
  return { ...Object.fromEntries(entries), 'a-newer-field': { with: ['things'] } };
}

function newerDesired(message: Message): Message {
  const newer = withNewFields(message) as Message & { position: object; intents: unknown[] };
  return { ...newer, position: { ...newer.position, digest: sha256(canonicalJson(newer.intents)) } };
}

let folder: string;
const ends: (() => Promise<void>)[] = [];
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hf-protocol-'))));
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true });
});

const log = pino({ level: 'silent' });

describe.each(readdirSync(CORPUS))('protocol %s as it was recorded', (version) => {
  const fromServer = recorded(version, 'server');
  const fromAgent = recorded(version, 'agent');

  it('has every kind of message that matters', () => {
    const kinds = new Set([...fromServer, ...fromAgent].map(({ type }) => type));
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining([
        'desired',
        'hello',
        'operation',
        'operation-result',
        'report',
        'welcome',
        'level',
      ]),
    );
  });

  it.each([
    ['as it was', (message: Message) => message],
    ['with fields of a newer minor version', (message: Message) => withNewFields(message) as Message],
  ])('is read by the agent of today, %s', (_name, change) => {
    let held: FleetPosition | null = null;
    for (const message of fromServer) {
      const isDesired = message.type === 'desired';
      const sent = isDesired && change(message) !== message ? newerDesired(message) : change(message);
      const read = readMessage(JSON.stringify(sent));
      expect(read.type).toBe(message.type);
      if (read.type !== 'desired') continue;
      expect(read.unknown).toEqual([]);
      const { after: _after, ...plain } = read;
      const verdict = judgePosition(held, plain.position, plain.digest);
      expect(['accepted', 'same']).toContain(verdict.kind);
      held = plain.position;
    }
    expect(held).not.toBeNull();
  });

  it('is read by the server of today, also with fields of a newer minor version', () => {
    for (const message of fromAgent) {
      expect(agentMessage.parse(message)).toMatchObject({ type: message.type });
      expect(agentMessage.parse(withNewFields(message))).toEqual(agentMessage.parse(message));
    }
  });

  it('works with the server of today: it takes the reports, and sends what is wanted', async () => {
    const { server, credential } = await startWithNode();
    const agent = await connectRaw(server, credential);
    let holds: unknown = null;
    for (const message of fromAgent) {
      holds = agent.got.findLast(({ type }) => type === 'desired')?.['position'] ?? holds;
      agent.send('holds' in message ? { ...message, holds } : message);
      if (message.type === 'hello') await agent.until('desired');
    }
    const client = clientOf(server);
    await waitUntil(async () => (await client.status()).servers.length === 3, { for: 'the servers' });
    expect(await client.node('lb1')).toMatchObject({ connected: true, protocol: version, standing: 'known' });
    expect(agent.got.filter(({ type }) => type === 'refused')).toEqual([]);
    const { change } = await client.createChange({
      kind: 'disable',
      targets: ['app/app1'],
      overrides: ['capacity'],
      reason: 'test',
    });
    await waitUntil(() => agent.got.some((one) => JSON.stringify(one).includes(`${change?.id}:app/app1`)), {
      for: 'the intent',
    });
  });

  it('works with the agent of today: it takes every desired state', async () => {
    const desired = fromServer.filter(({ type }) => type === 'desired');
    const last = desired.at(-1)?.['position'] as FleetPosition;
    const control = await startScriptedControl({ fleetId: last.fleetId });
    ends.push(() => control.close());
    const agent = await startAgent({
      localFile: {
        name: 'lb1',
        servers: [{ url: control.url }],
        dataFolder: join(folder, 'data'),
        instances: [{ name: 'http', config: '/nowhere/haproxy.cfg', statsSocket: '/nowhere/admin.sock' }],
      },
      joinToken: 'join-1',
      log,
      version: '0',
    });
    ends.push(() => agent.stop());
    await waitUntil(() => control.instance(), { for: 'first report' });
    for (const { after: _after, ...message } of fromServer.filter(({ type }) => type !== 'operation'))
      control.sendRaw(message);
    await waitUntil(() => JSON.stringify(control.messages.at(-1)).includes(`"revision":${last.revision}`), {
      for: 'the last position',
    });
    const codes = control.events.map(({ code }) => code);
    expect(codes.filter((code) => /refused|unknown|digest|revision/.test(code))).toEqual([]);
  });
});

describe('versions apart', () => {
  it('leaves out what a newer minor version says in words unknown here, and takes the rest', async () => {
    const { server, credential } = await startWithNode();
    const agent = await connectRaw(server, credential);
    agent.send({ ...HELLO, protocol: { major: 1, minor: 1 }, news: true });
    await agent.until('desired');
    const [report] = recorded('1.0', 'agent').filter(({ type }) => type === 'report');
    const [instance] = (report?.['instances'] ?? []) as Record<string, unknown>[];
    agent.send({
      ...report,
      holds: agent.got.at(-1)?.['position'],
      instances: [
        { ...instance, mode: 'shadow', intents: [{ id: 'x', revision: 1, status: 'pondering', servers: 1 }] },
      ],
      events: [{ at: 0, severity: 'cosmic', code: 'new', message: 'new' }],
      poems: [],
    });
    agent.send({ type: 'sing', verse: 1 });
    await agent.until('refused');
    await waitUntil(async () => (await clientOf(server).status()).servers.length === 3, {
      for: 'the servers',
    });
    expect(await clientOf(server).node('lb1')).toMatchObject({ protocol: '1.1', connected: true });
  });

  it('listens to an agent of another major version, sends it nothing, and says so', async () => {
    const { server, credential } = await startWithNode();
    const agent = await connectRaw(server, credential);
    agent.send({ ...HELLO, protocol: { major: 2, minor: 0 }, version: '2.0.0', node: { now: 'an object' } });
    const [report] = recorded('1.0', 'agent').filter(({ type }) => type === 'report');
    agent.send({ ...report });
    const client = clientOf(server);
    await waitUntil(async () => (await client.status()).servers.length === 3, { for: 'the servers' });
    expect(await client.node('lb1')).toMatchObject({
      protocol: '2.0',
      agent: '2.0.0',
      connected: true,
      skew: 'protocol 2.0: observes only',
    });
    const { change } = await client.createChange({
      kind: 'disable',
      targets: ['app/app1'],
      overrides: ['capacity', 'freshness'],
      reason: 'test',
      waitMs: 5_000,
    });
    expect(change).toMatchObject({ state: 'partial' });
    expect(change?.results).toMatchObject([
      {
        node: 'lb1',
        result: 'pending',
        code: 'protocol-differs',
        message: expect.stringContaining('observes only'),
      },
    ]);
    expect(agent.got.map(({ type }) => type)).toEqual(['welcome']);
    expect((await client.events()).items.map(({ code }) => code)).toContain('protocol-differs');
  });
});

const HELLO = {
  type: 'hello',
  protocol: { major: 1, minor: 0 },
  version: '0.1.0',
  node: 'lb1',
  labels: {},
  holds: null,
};

async function startWithNode(): Promise<{ server: RunningServer; credential: string }> {
  const server = await startServer({
    dataFolder: join(folder, 'store'),
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log,
  });
  ends.push(() => server.stop());
  const joinToken = readFileSync(server.joinTokenFile, 'utf8').trim();
  const answer = await enrol({ url: server.url, joinToken, name: 'lb1' });
  return { server, credential: ((await answer.json()) as { credential: string }).credential };
}

function clientOf(server: RunningServer) {
  return createApiClient({
    server: server.url,
    token: readFileSync(server.adminTokenFile, 'utf8').trim(),
    fetch,
  });
}

/** An agent's end of the wire, with nothing behind it. */
async function connectRaw({ url }: RunningServer, credential: string) {
  const got: Message[] = [];
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/agent`, {
    headers: { authorization: `Bearer ${credential}` },
  });
  socket.on('message', (data: Buffer) => got.push(JSON.parse(data.toString('utf8')) as Message));
  ends.push(async () => socket.terminate());
  await waitUntil(() => got.length > 0, { for: 'the welcome' });
  return {
    got,
    send: (message: object) => socket.send(JSON.stringify(message)),
    until: (type: string) => waitUntil(() => got.some((one) => one.type === type), { for: type }),
  };
}
