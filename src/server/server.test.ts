import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enrol, startScriptedAgent, upServer, type AgentScript } from '../../test/support/scripted-agent.ts';
import {
  ApiError,
  createApiClient,
  statusAnswer,
  type ApiClient,
  type Change,
  type ChangeRequest,
} from '../api/index.ts';
import { startServer, type RunningServer } from './main.ts';

const OPENAPI = new URL('../../docs/reference/openapi.json', import.meta.url);

let folder: string;
let server: RunningServer;
let client: ApiClient;
let joinToken: string;

const readToken = (path: string) => readFileSync(path, 'utf8').trim();

async function open(): Promise<void> {
  server = await startServer({
    dataFolder: folder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '0.1.0',
    log: pino({ level: 'silent' }),
  });
  client = createApiClient({ server: server.url, token: readToken(server.adminTokenFile), fetch });
  joinToken = readToken(server.joinTokenFile);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hafleet-server-'));
  await open();
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const WEB = ['web1', 'web2', 'web3', 'web4'].map((name) => upServer('web', name));

function agent(name: string, more: Partial<AgentScript> = {}) {
  return startScriptedAgent({ url: server.url, joinToken, name, servers: WEB, ...more });
}

async function until<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  const end = performance.now() + 8_000;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (performance.now() > end) throw new Error(`never so: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function refusal(work: Promise<unknown>): Promise<ApiError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ApiError)) throw new Error('was not refused');
  return thrown;
}

const results = (change: Change | null) =>
  Object.fromEntries((change?.results ?? []).map((one) => [one.node, one.result]));

describe('who may ask', () => {
  it('answers nothing but health without a token', async () => {
    expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
    for (const path of [
      '/v1/status',
      '/v1/nodes',
      '/v1/changes',
      '/v1/openapi.json',
      '/v1/events',
      '/v1/info',
    ])
      expect((await fetch(server.url + path)).status, path).toBe(401);
  });

  it('refuses a wrong token, a wrong join token, and a node name that is taken', async () => {
    const stranger = createApiClient({ server: server.url, token: 'wrong', fetch });
    expect((await refusal(stranger.info())).code).toBe('token-wrong');
    expect((await enrol({ url: server.url, joinToken: 'wrong', name: 'lb1' })).status).toBe(401);
    await agent('lb1');
    const again = (await (await enrol({ url: server.url, joinToken, name: 'lb1' })).json()) as {
      error: { code: string };
    };
    expect(again.error.code).toBe('node-name-taken');
  });

  it('gives every error a code, a next step and a request id', async () => {
    const answer = await fetch(`${server.url}/v1/nowhere`);
    expect(await answer.json()).toMatchObject({
      error: { code: 'not-found', hint: expect.any(String), requestId: expect.any(String) },
    });
  });
});

describe('status', () => {
  it('shows every server of every instance in the shape of its schema, with the age of the reading', async () => {
    await agent('lb1');
    await agent('lb2', { servers: WEB.slice(0, 2) });
    const status = await client.status();
    expect(statusAnswer.safeParse(status).error).toBeUndefined();
    expect(status.instances.map(({ node, freshness }) => [node, freshness])).toEqual([
      ['lb1', 'fresh'],
      ['lb2', 'fresh'],
    ]);
    expect(status.servers).toHaveLength(4);
    expect(status.cells[1]?.map((cell) => cell?.[0] ?? null)).toEqual(['UP', 'UP', null, null]);
  });

  it('limits itself to a node set and names what is unknown in it', async () => {
    await agent('lb1');
    await agent('lb2');
    expect((await client.status({ on: 'lb2' })).instances.map(({ node }) => node)).toEqual(['lb2']);
    expect((await refusal(client.status({ on: 'lb[1-3]' }))).message).toContain('lb3');
    expect((await refusal(client.status({ on: 'lb[1-' }))).code).toBe('bad-node-set');
    expect((await refusal(client.status({ on: 'lb1!lb1' }))).code).toBe('empty-node-set');
  });
});

describe('a change that takes out', () => {
  it('is done when every instance has read it back, and not before', async () => {
    await agent('lb1');
    const slow = await agent('lb2', { onDesired: () => undefined });
    const { change } = await client.createChange({ kind: 'disable', targets: ['web/web1'], reason: 'disk' });
    expect(change?.state).toBe('running');
    slow.acknowledge('done');
    const done = await until(
      () => client.change(change?.id ?? ''),
      ({ state }) => state === 'done',
    );
    expect(results(done)).toEqual({ lb1: 'done', lb2: 'done' });
    expect((await client.status()).intents).toMatchObject([
      { backend: 'web', server: 'web1', why: 'disk', who: 'admin' },
    ]);
  });

  it('changes nothing in a dry run, and shows from what to what', async () => {
    const one = await agent('lb1');
    const { change, plan } = await client.createChange({
      kind: 'disable',
      targets: ['web/web1'],
      dryRun: true,
    });
    expect(change).toBeNull();
    expect(plan.transitions).toEqual([
      { backend: 'web', server: 'web1', instances: ['lb1/http'], from: 'UP', to: 'MAINT' },
    ]);
    expect(plan.effects).toMatchObject([{ usableBefore: 4, usableAfter: 3, floor: 2 }]);
    expect(one.desired.at(-1)?.intents).toEqual([]);
  });

  it('is refused below the capacity floor, with the numbers, and done when that guard is overridden with a reason', async () => {
    await agent('lb1');
    const asked: ChangeRequest = { kind: 'disable', targets: ['web/web[1-3]'] };
    const refused = await refusal(client.createChange(asked));
    expect(refused.code).toBe('guard-refused');
    expect(refused.message).toContain('web would keep 1 usable of 4 on lb1, floor 2');
    expect((await refusal(client.createChange({ ...asked, overrides: ['capacity'] }))).code).toBe(
      'reason-needed',
    );
    const { change } = await client.createChange({
      ...asked,
      overrides: ['capacity'],
      reason: 'fire',
      waitMs: 5000,
    });
    expect(change).toMatchObject({ state: 'done', overridden: ['capacity'] });
  });

  it('counts what was granted and not yet done, when two operators ask at once', async () => {
    await agent('lb1', { onDesired: () => undefined });
    const asked = ['web/web1', 'web/web2', 'web/web3'].map((target) =>
      client.createChange({ kind: 'disable', targets: [target] }),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('stays below a floor that was set for the backend, and refuses a floor that says nothing', async () => {
    await agent('lb1');
    await client.setBackend('web', { minHealthy: '100%', reason: '' });
    expect((await refusal(client.createChange({ kind: 'disable', targets: ['web/web1'] }))).code).toBe(
      'guard-refused',
    );
    expect((await refusal(client.setBackend('web', { minHealthy: 'many', reason: '' }))).code).toBe(
      'bad-request',
    );
    expect((await refusal(client.setBackend('webb', { minHealthy: '1', reason: '' }))).hint).toContain('web');
  });

  it('goes on as pending for one node of several that is away, and reaches it when it returns', async () => {
    const credentialless = await agent('lb1');
    await agent('lb2');
    credentialless.close();
    await until(
      () => client.nodes(),
      ({ items }) => items[0]?.connected === false,
    );
    const { change } = await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    expect(change?.state).toBe('partial');
    expect(results(change)).toEqual({ lb1: 'pending', lb2: 'done' });
  });

  it('is superseded when a newer one takes its place before every node had it, also across a restart', async () => {
    const one = await agent('lb1');
    await agent('lb2');
    one.close();
    await until(
      () => client.nodes(),
      ({ items }) => items[0]?.connected === false,
    );
    const away = { targets: ['web/web1'], waitMs: 5000 };
    const { change } = await client.createChange({ kind: 'disable', ...away });
    expect(change?.state).toBe('partial');
    await client.createChange({ kind: 'drain', ...away });
    const first = () => client.change('CHG-1');
    await until(first, ({ state }) => state === 'superseded');
    await server.stop();
    await open();
    expect(await first()).toMatchObject({ state: 'superseded', active: false });
  });

  it('waits for no node that is away and known to have none of the servers', async () => {
    for (const name of ['lb1', 'lb3']) (await agent(name, { servers: [upServer('api', 'api1')] })).close();
    await agent('lb2');
    await until(
      () => client.nodes(),
      ({ items }) => items.filter(({ connected }) => connected).length === 1 && items.length === 3,
    );
    const { change, plan } = await client.createChange({
      kind: 'disable',
      targets: ['web/web1'],
      waitMs: 5000,
    });
    expect(plan).toMatchObject({ pending: [], refusals: [], skipped: ['lb1/http', 'lb3/http'] });
    expect(change?.state).toBe('done');
  });

  it('says already so, and writes nothing, when it is there and read back', async () => {
    await agent('lb1');
    await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    const again = await client.createChange({ kind: 'disable', targets: ['web/web1'] });
    expect(again).toMatchObject({ change: null, plan: { notes: ['already so'] } });
  });

  it('is failed, and holds nothing, when every instance refuses for good', async () => {
    await agent('lb1', {
      onDesired: (one) =>
        one.acknowledge('failed', { code: 'permission-denied', message: 'Permission denied' }),
    });
    const { change } = await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    expect(change).toMatchObject({ state: 'failed', active: false });
    expect((await client.status()).intents).toEqual([]);
  });
});

describe('bad input', () => {
  it('names an unknown server and what may have been meant', async () => {
    await agent('lb1');
    const error = await refusal(client.createChange({ kind: 'disable', targets: ['web/wbe1'] }));
    expect([error.code, error.hint]).toEqual(['unknown-server', expect.stringContaining('web/web1')]);
  });

  it('refuses a name that is a server and a backend as well', async () => {
    await agent('lb1', { servers: [...WEB, upServer('other', 'web')] });
    expect((await refusal(client.createChange({ kind: 'disable', targets: ['web'] }))).code).toBe(
      'ambiguous-target',
    );
  });

  it.each([
    ['a command in a name', { targets: ['web/web1;disable frontend x'] }, 'bad-target'],
    ['a line break in a name', { targets: ['web/web1\nshow info'] }, 'bad-target'],
    ['a line break in a reason', { targets: ['web/web1'], reason: 'a\nb' }, 'bad-request'],
    ['a reason of 10 kB', { targets: ['web/web1'], reason: 'x'.repeat(10_240) }, 'bad-request'],
    ['an end in the past', { targets: ['web/web1'], until: 1 }, 'bad-duration'],
    ['no target', { targets: [] }, 'bad-request'],
  ])('refuses %s', async (_name, part, code) => {
    await agent('lb1');
    expect((await refusal(client.createChange({ kind: 'disable', ...part }))).code).toBe(code);
  });

  it('says that nothing is enrolled, and what to do', async () => {
    expect(await refusal(client.createChange({ kind: 'disable', targets: ['web/web1'] }))).toMatchObject({
      code: 'empty-node-set',
      hint: expect.stringContaining('hafleet agent'),
    });
  });
});

describe('enable', () => {
  const gating = (one: Awaited<ReturnType<typeof agent>>, status: 'green' | 'gating') => {
    const phase = one.desired
      .at(-1)
      ?.intents.find(({ want }) => want.aspect === 'state' && want.state === 'ready')?.phase;
    one.acknowledge(phase === 'gating' ? status : 'done');
  };

  it('gives ready to nobody before all are green, then to all, and ends the intent', async () => {
    const [first, second] = [
      await agent('lb1', { onDesired: (one) => gating(one, 'green') }),
      await agent('lb2', { onDesired: (one) => gating(one, 'gating') }),
    ];
    await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    const { change } = await client.createChange({ kind: 'enable', targets: ['web/web1'] });
    const phases = () =>
      [first, second].map(
        (one) => one.desired.at(-1)?.intents.find(({ change: id }) => id === change?.id)?.phase,
      );
    expect(phases()).toEqual(['gating', 'gating']);
    second.acknowledge('green');
    const done = await until(
      () => client.change(change?.id ?? ''),
      ({ state }) => state === 'done',
    );
    expect(done.active).toBe(false);
    expect((await client.status()).intents).toEqual([]);
  });

  it('goes back everywhere at the deadline, names the red nodes, and the old intent holds on', async () => {
    await agent('lb1', { onDesired: (one) => gating(one, 'green') });
    await agent('lb2', { onDesired: (one) => gating(one, 'gating') });
    await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    const { change } = await client.createChange({
      kind: 'enable',
      targets: ['web/web1'],
      gateMs: 1000,
      waitMs: 5000,
    });
    expect(change).toMatchObject({ state: 'failed', message: expect.stringContaining('lb2') });
    expect(results(change)).toMatchObject({ lb2: 'red' });
    expect((await client.status()).intents).toMatchObject([{ server: 'web1', want: { state: 'maint' } }]);
  });

  it('is not held up by a HAProxy that does not answer its agent', async () => {
    await agent('lb1', { onDesired: (one) => gating(one, 'green') });
    const error = { code: 'connection-refused', message: 'nobody listens on the socket' };
    await agent('lb2', {
      onDesired: (one, { intents }) =>
        intents.some(({ phase }) => phase !== 'holding')
          ? one.report({ reading: 'failing', error })
          : one.acknowledge('done'),
    });
    await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    const { change } = await client.createChange({ kind: 'enable', targets: ['web/web1'], waitMs: 5000 });
    expect(change?.state).toBe('partial');
    expect(results(change)).toEqual({ lb1: 'done', lb2: 'pending' });
  });

  it('leaves nothing of the older intent when two end in the same moment', async () => {
    const phases = (one: Awaited<ReturnType<typeof agent>>) =>
      (one.desired.at(-1)?.intents ?? [])
        .filter(({ want }) => want.aspect === 'state' && want.state === 'ready')
        .map(({ phase }) => phase);
    const react = (one: Awaited<ReturnType<typeof agent>>) =>
      one.acknowledge(phases(one).length > 0 ? 'green' : 'done');
    const [first, second] = [
      await agent('lb1', { onDesired: react }),
      await agent('lb2', { onDesired: react }),
    ];
    await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    for (const on of ['*', 'lb2']) await client.createChange({ kind: 'enable', targets: ['web/web1'], on });
    await until(
      async () => phases(second),
      (now) => now.length === 2 && now.every((phase) => phase === 'entering'),
    );
    first.acknowledge('done');
    second.acknowledge('done');
    await until(
      () => client.changes(),
      ({ items }) => items.every(({ state }) => state === 'done'),
    );
    expect((await client.status()).intents).toEqual([]);
    expect((await client.changes()).items.map(({ active }) => active)).toEqual([false, false, false]);
  });

  it('takes back a part, and leaves the rest of the older intent', async () => {
    for (const name of ['lb1', 'lb2']) await agent(name, { onDesired: (one) => gating(one, 'green') });
    await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    const { change } = await client.createChange({
      kind: 'enable',
      targets: ['web/web1'],
      on: 'lb1',
      waitMs: 5000,
    });
    expect(change?.state).toBe('done');
    expect((await client.status()).intents).toMatchObject([{ server: 'web1', on: '*', exclude: 'lb1' }]);
  });
});

describe('undo and retry', () => {
  it('undoes a disable through the gate, and an undone change cannot be undone twice', async () => {
    await agent('lb1');
    const { change } = await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    const undone = await client.undoChange(change?.id ?? '', { waitMs: 5000 });
    expect(undone.change).toMatchObject({ kind: 'enable', state: 'done', undoes: change?.id });
    expect((await refusal(client.undoChange(change?.id ?? ''))).code).toBe('nothing-to-undo');
  });

  it('puts back what a newer change had replaced', async () => {
    await agent('lb1');
    const drain = await client.createChange({ kind: 'drain', targets: ['web/web1'], waitMs: 5000 });
    const disable = await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    expect(disable.change?.replaces).toEqual([`${drain.change?.id}:web/web1`]);
    await client.undoChange(disable.change?.id ?? '', { waitMs: 5000 });
    expect((await client.status()).intents).toMatchObject([{ server: 'web1', want: { state: 'drain' } }]);
  });

  it('says a change again with a new revision', async () => {
    const one = await agent('lb1');
    const { change } = await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
    const before = one.desired.at(-1)?.intents[0]?.revision ?? 0;
    const again = await client.retryChange(change?.id ?? '', 5000);
    expect(again.change?.state).toBe('done');
    expect(one.desired.at(-1)?.intents[0]?.revision).toBeGreaterThan(before);
  });
});

describe('drain with a next step', () => {
  it('goes on to maint when the sessions are gone', async () => {
    const one = await agent('lb1', { onDesired: (self) => self.acknowledge('draining', { sessions: 3 }) });
    const { change } = await client.createChange({
      kind: 'drain',
      targets: ['web/web1'],
      drain: { waitMs: 60_000, next: 'disable' },
    });
    await until(
      () => client.change(change?.id ?? ''),
      ({ step }) => step.startsWith('3 sessions left'),
    );
    one.acknowledge('done', { sessions: 0 });
    await until(
      async () => one.desired.at(-1)?.intents[0]?.want,
      (want) => want?.aspect === 'state' && want.state === 'maint',
    );
  });

  it('times out, and says so, when sessions are left and nothing was asked to follow', async () => {
    await agent('lb1', { onDesired: (self) => self.acknowledge('draining', { sessions: 3 }) });
    const { change } = await client.createChange({
      kind: 'drain',
      targets: ['web/web1'],
      drain: { waitMs: 50 },
      waitMs: 5000,
    });
    expect(change?.state).toBe('timed-out');
  });
});

describe('leases', () => {
  it('end by themselves, through the gate', async () => {
    await agent('lb1');
    await client.createChange({ kind: 'disable', targets: ['web/web1'], forMs: 300, waitMs: 5000 });
    const { items } = await until(
      () => client.changes(),
      (list) => list.items[0]?.state === 'done' && list.items.length === 2,
    );
    expect(items[0]).toMatchObject({ kind: 'enable', who: 'lease of CHG-1' });
    expect((await client.status()).intents).toEqual([]);
  });
});

describe('a restart of the server', () => {
  it('keeps intents and changes, and knows what a silent node had', async () => {
    const one = await agent('lb1');
    await client.createChange({ kind: 'disable', targets: ['web/web1'], reason: 'disk', waitMs: 5000 });
    one.close();
    await server.stop();
    await open();
    const status = await client.status();
    expect(status.intents).toMatchObject([{ server: 'web1', why: 'disk' }]);
    expect(status.instances).toMatchObject([{ node: 'lb1', freshness: 'unknown', reading: 'never' }]);
    // What was read back stands as recorded until the node is heard, or has had its time to connect.
    expect(await client.change('CHG-1')).toMatchObject({
      state: 'done',
      results: [{ node: 'lb1', result: 'done' }],
    });
  });
});

describe('the position of a node', () => {
  it('is level when it holds what is meant for it, whatever was news for others since', async () => {
    await agent('lb1');
    await agent('lb2');
    await client.createChange({ kind: 'disable', targets: ['web/web1'], on: 'lb2' });
    const { items } = await until(
      () => client.nodes(),
      ({ items: nodes }) => nodes.every(({ applied, wanted }) => applied?.revision === wanted.revision),
    );
    expect(items.map(({ name }) => name)).toEqual(['lb1', 'lb2']);
  });
});

describe('an agent whose clock is an hour off', () => {
  it.each([3_600_000, -3_600_000])(
    'is as fresh as it is, and its changes are as done as they are (%i ms)',
    async (skew) => {
      const at = Date.now() + skew;
      const one = await agent('lb1', { servers: WEB.map((row) => ({ ...row, since: at })) });
      one.report({ worker: { pid: 1, startedAt: at, version: '3.0.11' } });
      const { change } = await client.createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 5000 });
      expect(change?.state).toBe('done');
      const { instances } = await client.status();
      expect(instances).toMatchObject([{ freshness: 'fresh' }]);
      expect(instances[0]?.ageMs).toBeLessThan(5000);
    },
  );
});

describe('removing a node', () => {
  it('ends its connection and its place in changes, and frees its name', async () => {
    const one = await agent('lb1');
    await client.removeNode('lb1');
    await one.closed;
    expect((await refusal(client.node('lb1'))).code).toBe('unknown-node');
    await agent('lb1');
  });
});

describe('the OpenAPI document', () => {
  it('is docs/reference/openapi.json, and every route in it has a summary', async () => {
    const answer = await fetch(`${server.url}/v1/openapi.json`, {
      headers: { authorization: `Bearer ${readToken(server.adminTokenFile)}` },
    });
    const text = `${JSON.stringify(await answer.json(), null, 2)}\n`;
    if (process.env['UPDATE_DOCS']) writeFileSync(OPENAPI, text);
    expect(text).toBe(readFileSync(OPENAPI, 'utf8'));
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, { summary?: string }>> };
    expect(Object.keys(paths).length).toBeGreaterThan(8);
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods)))
      expect(operation.summary).toBeTruthy();
  });
});
