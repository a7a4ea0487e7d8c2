import * as fc from 'fast-check';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createSandbox,
  globalSection,
  startHaproxy,
  testedVersions,
  waitUntil,
  type Haproxy,
  type HaproxyPaths,
  type Sandbox,
} from '../../dev/index.ts';
import {
  createMasterClient,
  createRuntimeClient,
  createRuntimeClientOver,
  encodeCommand,
  isRuntimeError,
  type MasterClient,
  type RuntimeClient,
  type ServerRef,
} from '../../src/haproxy/runtime/index.ts';

const S0: ServerRef = { backend: 'b', server: 's0' };
const UNCHECKED: ServerRef = { backend: 'c', server: 's0' };
const HANGING: ServerRef = { backend: 'hang', server: 's0' };

interface Places {
  readonly front: string;
  readonly app: string;
  readonly hang: string;
}

function config(paths: HaproxyPaths, { front, app, hang }: Places): string {
  const extra = [
    `stats socket ${join(paths.folder, 'user.sock')} mode 600 level user`,
    `stats socket ${join(paths.folder, 'oper.sock')} mode 600 level operator`,
    `stats socket ipv4@${front}:9999 level admin`,
    'node edge-1',
    'description "rev=1 of edge"',
    'localpeer one',
    'setenv WEIRD "line1\\n> line2\\n\\n> line3"',
  ];
  return `${globalSection(paths, { extra })}
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
peers mesh
  peer one ${front}:10001
  peer two ${front}:10002
frontend www
  bind ${front}:8080
  http-request set-var(txn.x) path,map(${join(paths.folder, 'm.map')})
  use_backend hang if { path /hang }
  default_backend b
frontend app
  bind ${app}:8080
  http-request return status 200
backend b
  option httpchk GET /
  stick-table type string len 64 size 10k expire 5m store server_id,gpc0,http_req_rate(10s) peers mesh
  stick on path
  server s0 ${app}:8080 check inter 50ms rise 2 fall 2 id 11
  server s1 ${app}:8080 check inter 50ms disabled
  server s2 ${app}:1 check inter 50ms agent-check agent-port 1 agent-inter 60s
backend c
  balance source
  server s0 ${app}:8080
backend hang
  server s0 ${hang}:8080
`;
}

/** The code and outcome of a failure. */
async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (isRuntimeError(error)) return `${error.code}, ${error.outcome}`;
    throw error;
  }
  return 'no failure';
}

describe.each(testedVersions())('the Runtime API of HAProxy %s', (version) => {
  let sandbox: Sandbox;
  let haproxy: Haproxy;
  let master: MasterClient;
  let client: RuntimeClient;
  let hanging: Server;
  let places: Places;
  const held: Socket[] = [];

  const socketOf = (level: 'user' | 'oper'): RuntimeClient =>
    createRuntimeClient({ address: { path: join(haproxy.paths.folder, `${level}.sock`) } });

  beforeAll(async () => {
    sandbox = await createSandbox({ name: 'rt' });
    places = {
      front: sandbox.address('node', 1),
      app: sandbox.address('app', 1),
      hang: sandbox.address('app', 2),
    };
    hanging = createServer((socket) => held.push(socket.on('error', () => undefined))).listen(
      8080,
      places.hang,
    );
    await once(hanging, 'listening');
    haproxy = await startHaproxy({
      sandbox,
      name: 'lb1',
      version,
      config: (paths) => {
        writeFileSync(join(paths.folder, 'm.map'), '/k1 v1\n/k2 v two  words\n');
        return config(paths, places);
      },
    });
    master = createMasterClient({ address: { path: haproxy.paths.masterSocket } });
    client = createRuntimeClient({ address: { path: haproxy.paths.statsSocket } });
  });
  afterEach(() => client.transport.reconnect());
  afterAll(async () => {
    client.close();
    master.close();
    for (const socket of held) socket.destroy();
    hanging.close();
    await sandbox.close();
  });

  const stateOf = async ({ backend, server }: ServerRef) => {
    const row = (await client.readServersState(backend)).find((candidate) => candidate.server === server);
    if (!row) throw new Error(`no ${backend}/${server}`);
    return row;
  };

  /** The same client over each way in. */
  const ways: readonly (readonly [string, () => RuntimeClient])[] = [
    ['its unix socket', () => createRuntimeClient({ address: { path: haproxy.paths.statsSocket } })],
    ['TCP', () => createRuntimeClient({ address: { host: places.front, port: 9999 } })],
    ['the master', () => createRuntimeClientOver(master.worker())],
  ];

  it.each(ways)('reads every noun over %s', async (_, open) => {
    const over = open();
    const info = await over.readInfo();
    expect(info).toMatchObject({
      node: 'edge-1',
      description: 'rev=1 of edge',
      stopping: false,
      nbthread: 1,
    });
    expect(info.pid).toBe(await haproxy.workerPid());
    expect((await over.readVersion()).text).toBe(info.version);
    expect(await over.readCapabilities()).toMatchObject({ canAddServer: true, hasAtomicMaps: true });
    expect((await over.readStat()).map(({ pxname, svname }) => `${pxname}/${svname}`)).toContain('b/s0');
    expect((await over.readStat({ proxy: 'b', types: ['server'] })).map(({ svname }) => svname)).toEqual([
      's0',
      's1',
      's2',
    ]);
    expect(await over.readServersState()).toHaveLength(5);
    expect((await over.readServersConn('b')).map(({ server }) => server)).toEqual(['s0', 's1', 's2']);
    expect(Array.isArray(await over.readSessions())).toBe(true);
    expect(Array.isArray(await over.readSessionDetails())).toBe(true);
    expect(await over.readEnv('WEIRD')).toBe('line1\n> line2\n\n> line3');
    expect(await over.readEnv('NOT_THERE')).toBeNull();
    const [map] = await over.readMaps();
    expect(map).toMatchObject({ file: join(haproxy.paths.folder, 'm.map'), entryCount: 2 });
    expect(
      (await over.readMapEntries({ id: map?.id ?? -1 })).map(({ key, value }) => `${key}=${value}`),
    ).toEqual(['/k1=v1', '/k2=v two  words']);
    expect((await over.readTables()).map(({ name }) => name)).toEqual(['b']);
    const [section] = await over.readPeers();
    expect(section?.peers.map(({ name }) => name).sort()).toEqual(['one', 'two']);
    expect(await over.readCliLevel()).toBe('admin');
    expect((await over.readCliSockets()).map(({ level }) => level)).toContain('operator');
    expect(await over.readServerWeight(S0)).toEqual({ weight: 1, initial: 1 });
    over.close();
  });

  it('reads back the keys of a table, whatever they hold', async () => {
    const keys = ['/a b', 'a=b', 'back\\slash', 'ò', 'semi;colon', '"q q"', '<<', '/plain'];
    for (const key of keys)
      await haproxy.ask(`set table b key ${key.replace(/[ \\;<]/g, '\\$&')} data.gpc0 3`);
    const { entries } = await client.readTable('b');
    expect(entries.map(({ key }) => key).sort()).toEqual([...keys].sort());
    for (const key of keys.filter((name) => name !== '<<'))
      expect(await client.readTableKey('b', key)).toMatchObject({ key, data: { gpc0: '3' } });
    let bytes = 0;
    const streamed = await client.streamTable('b', (chunk) => (bytes += chunk.length));
    expect(bytes).toBe(streamed.size + 1);
    expect(await client.readTableKey('b', 'none')).toBeNull();
  });

  it('takes any word as that word, over every way in', async () => {
    const unit = fc.oneof(
      fc.constantFrom(';', ' ', '\t', '\\', '<', '"', "'", '=', '@1', '#', '$HOME', 'ò'),
      fc.string(),
    );
    const words = fc.sample(fc.array(unit, { minLength: 1, maxLength: 12 }), { numRuns: 150, seed: 7 });
    const keys = words
      .map((parts) => parts.join(''))
      .filter((key) => key !== '' && Buffer.byteLength(key) < 60 && !key.startsWith('<<'));
    expect(keys.length).toBeGreaterThan(80);
    for (const [, open] of ways) {
      const over = open();
      await haproxy.ask('clear table b');
      for (const key of keys) {
        const set = encodeCommand(['set', 'table', 'b', 'key', key, 'data.gpc0', '7']);
        expect((await over.transport.request(set)).text(), JSON.stringify(key)).toBe('');
        expect(await over.readTableKey('b', key), JSON.stringify(key)).toMatchObject({
          key,
          data: { gpc0: '7' },
        });
      }
      expect((await over.readTable('b')).entries).toHaveLength(new Set(keys).size);
      over.close();
    }
    await haproxy.ask('clear table b');
  });

  it('finds the sessions of one server', async () => {
    const socket = connect(8080, places.front, () => socket.write('GET /hang HTTP/1.1\r\nHost: a\r\n\r\n'));
    socket.on('error', () => undefined);
    const [session] = await waitUntil(
      async () => {
        const sessions = await client.readSessions(HANGING);
        return sessions.length > 0 && sessions;
      },
      { for: 'a session of hang/s0' },
    );
    expect(session).toMatchObject({ proto: 'tcpv4', frontend: 'www', backend: 'hang', server: 's0' });
    expect(session?.src).toBe(`127.0.0.1:${socket.localPort}`);
    const [detail] = await client.readSessionDetails(HANGING);
    expect(detail).toMatchObject({
      id: session?.id,
      frontend: 'www',
      backend: 'hang',
      server: 's0',
      src: session?.src,
    });
    await client.shutdownSessions(HANGING);
    await waitUntil(async () => (await client.readSessions(HANGING)).length === 0, { for: 'no session' });
    socket.destroy();
  });

  it('sets state and weight, and says why not', async () => {
    for (const [state, flag] of [
      ['maint', 1],
      ['drain', 8],
      ['ready', 0],
    ] as const) {
      await client.setServerState(S0, state);
      expect((await stateOf(S0)).adminFlags).toBe(flag);
    }
    await client.setServerWeight(S0, 256);
    expect(await client.readServerWeight(S0)).toEqual({ weight: 256, initial: 1 });
    await client.setServerWeight(S0, '100%');
    expect((await stateOf(S0)).userWeight).toBe(1);
    expect(await failure(client.setServerWeight(S0, '50%'))).toBe('value-refused, not-sent');
    expect((await stateOf(S0)).userWeight).toBe(1);
    expect(await failure(client.setServerWeight(UNCHECKED, 50))).toBe('static-weight, refused');
    expect(await failure(client.setServerState({ backend: 'b', server: 'x' }, 'maint'))).toBe(
      'no-such-server, refused',
    );
    expect(await failure(client.setServerState({ backend: 'x', server: 'x' }, 'maint'))).toBe(
      'no-such-backend, refused',
    );
    expect(await failure(client.readServersState('x'))).toBe('no-such-backend, refused');
    expect(await failure(client.readStat({ proxy: 'x' }))).toBe('no-such-proxy, refused');
    expect(await failure(client.readTable('x'))).toBe('no-such-table, refused');
    expect(await failure(client.readMapEntries('x'))).toBe('no-such-map, refused');
    expect(await failure(client.readPeers('x'))).toBe('no-such-peers, refused');
  });

  it('sets address and port, and waits until they show', async () => {
    const { address, port } = await stateOf(UNCHECKED);
    for (const to of [
      { address: '127.0.0.9', port: 81 },
      { address: '2001:0DB8::0001', port: 82 },
      { address: address ?? '', port },
    ]) {
      expect(await client.setServerAddress(UNCHECKED, to)).toMatchObject({ changed: true });
      expect(await client.waitForAddress(UNCHECKED, to)).toMatchObject({ port: to.port });
    }
    const same = await client.setServerAddress(UNCHECKED, { address: address ?? '', port });
    expect(same.changed).toBe(false);
  });

  it('sets health, agent and check port', async () => {
    await client.setServerHealth(S0, 'stopping');
    await client.setServerHealth(S0, 'up');
    const withAgent: ServerRef = { backend: 'b', server: 's2' };
    await client.setServerAgent(withAgent, 'down');
    await client.setServerAgent(withAgent, 'up');
    expect(await failure(client.setServerAgent(S0, 'up'))).toBe('agent-not-enabled, refused');
    await client.setServerCheckPort(S0, 8080);
    expect((await stateOf(S0)).checkPort).toBe(8080);
    expect(await failure(client.setServerCheckPort(UNCHECKED, 80))).toBe('checks-not-enabled, refused');
  });

  it('opens the gate out of maint by a good check only', async () => {
    for (const over of [client, createRuntimeClientOver(master.worker())]) {
      await over.setServerState(S0, 'maint');
      expect(await over.startHealthGate(S0)).toEqual({ gated: true });
      await waitUntil(async () => (await stateOf(S0)).operationalState === 2, { for: 'b/s0 to be up' });
      expect((await stateOf(S0)).adminFlags).toBe(8);
      await over.setServerState(S0, 'ready');
    }
  });

  it('keeps the gate away from a server that no check would ever open', async () => {
    await client.setServerState(UNCHECKED, 'maint');
    expect(await client.startHealthGate(UNCHECKED)).toEqual({ gated: false, reason: 'no-check' });
    expect((await stateOf(UNCHECKED)).adminFlags).toBe(1);
    await client.setServerState(UNCHECKED, 'ready');
    // Why: HAProxy takes it without a word, and the server is down from then on.
    await client.setServerHealth(UNCHECKED, 'down');
    await client.setServerState(UNCHECKED, 'ready');
    expect((await stateOf(UNCHECKED)).operationalState).toBe(0);
    await client.setServerHealth(UNCHECKED, 'up');
    expect((await stateOf(UNCHECKED)).operationalState).toBe(2);
  });

  it('names what a socket of level user or operator may not do', async () => {
    const [user, operator] = [socketOf('user'), socketOf('oper')];
    expect([await user.readCliLevel(), await operator.readCliLevel()]).toEqual(['user', 'operator']);
    for (const low of [user, operator]) {
      const changes = [
        low.setServerState(S0, 'maint'),
        low.setServerWeight(S0, 0),
        low.setServerAddress(S0, { address: '127.0.0.1', port: 1 }),
        low.setServerHealth(S0, 'down'),
        low.startHealthGate(S0),
        low.shutdownSessions(S0),
      ];
      for (const code of await Promise.all(changes.map(failure)))
        expect(code).toBe('permission-denied, refused');
      expect((await low.readServersState()).length).toBe(5);
      expect((await low.readInfo()).node).toBe('edge-1');
    }
    await haproxy.ask('set table b key held data.gpc0 1');
    const hidden = [
      user.readSessions(),
      user.readEnv('WEIRD'),
      user.readTable('b'),
      user.streamTable('b', () => undefined),
    ];
    for (const code of await Promise.all(hidden.map(failure)))
      expect(code).toBe('permission-denied, refused');
    expect((await operator.readTable('b')).entries.length).toBeGreaterThan(0);
    user.close();
    operator.close();
    expect(await stateOf(S0)).toMatchObject({ adminFlags: 0, userWeight: 1 });
  });

  it.each(ways)('lets no name start a second command over %s', async (_, open) => {
    const over = open();
    const names = [
      's;disable frontend www',
      's; disable frontend www',
      's\\;disable frontend www',
      's\\\\;disable frontend www;',
      's\ndisable frontend www\n',
      's\rdisable frontend www',
      's\n\ndisable frontend www',
      's;@1 disable frontend www',
      ';;;',
      "s'x;disable frontend www'",
      's"x;disable frontend www"',
      's<<',
      's <<\ndisable frontend www\n\n',
      '<<',
      '<<EOF',
      's\\',
      '\\',
      's #;disable frontend www',
      '$HOME',
      's\tdisable',
      '@1',
      'x'.repeat(10_240),
      ';disable frontend www '.repeat(300),
      'x'.repeat(20_000),
    ];
    for (const server of names) {
      const codes = [
        await failure(over.setServerState({ backend: 'b', server }, 'maint')),
        await failure(over.readServerWeight({ backend: 'b', server })),
      ];
      for (const code of codes)
        expect(code, JSON.stringify(server).slice(0, 80)).toMatch(
          /^(no-such-server, refused|word-refused, not-sent|line-too-long, not-sent)$/,
        );
      expect(await failure(over.readServersState(server))).toMatch(
        /^(no-such-backend, refused|word-refused, not-sent|line-too-long, not-sent)$/,
      );
      expect(await failure(over.readMapEntries(server))).toMatch(
        /^(no-such-map, refused|word-refused, not-sent|line-too-long, not-sent)$/,
      );
    }
    const [frontend] = await over.readStat({ proxy: 'www', types: ['frontend'] });
    expect(frontend?.status).toBe('OPEN');
    expect(over.transport.connected).toBe(true);
    over.close();
  });

  it('reads 5,000 servers whole, over every way in', async () => {
    const big = await startHaproxy({
      sandbox,
      name: 'big',
      version,
      config: (paths) => `${globalSection(paths)}
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
backend big
  server-template s 5000 ${places.app}:8080 disabled
`,
    });
    const bigMaster = createMasterClient({ address: { path: big.paths.masterSocket } });
    const direct = createRuntimeClient({ address: { path: big.paths.statsSocket } });
    for (const over of [direct, createRuntimeClientOver(bigMaster.worker())]) {
      const rows = await over.readServersState();
      expect([rows.length, rows[0]?.server, rows.at(-1)?.server]).toEqual([5000, 's1', 's5000']);
      expect(await over.readServersConn('big')).toHaveLength(5000);
      const servers = await over.readStat({ types: ['server'] });
      expect([servers.length, servers.at(-1)?.status]).toEqual([5000, 'MAINT']);
      const [one] = await over.readStat({ proxy: 'big', types: ['server'], sid: 77 });
      expect(one?.svname).toBe('s77');
    }
    direct.close();
    bigMaster.close();
    await big.stop();
  });

  it('sends nothing where all ten connections of the socket are taken, and works again after', async () => {
    const path = haproxy.paths.statsSocket;
    client.close();
    const taken = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = connect(path, () => socket.write('prompt\n'));
        await once(socket, 'data');
        return socket;
      }),
    );
    const eleventh = createRuntimeClient({ address: { path }, timeoutMs: 200 });
    expect(await failure(eleventh.setServerState(S0, 'maint'))).toBe('no-answer-slot, not-sent');
    expect(await failure(eleventh.readStat())).toBe('no-answer-slot, unknown');
    for (const socket of taken) socket.destroy();
    client = createRuntimeClient({ address: { path } });
    expect((await stateOf(S0)).adminFlags).toBe(0);
    eleventh.transport.reconnect();
    await waitUntil(async () => (await eleventh.readInfo()).pid > 0, { for: 'a free connection' });
    eleventh.close();
  });

  it('tells of a reload: a kept connection stays with the old worker', async () => {
    const old = createRuntimeClient({ address: { path: haproxy.paths.statsSocket } });
    const { pid } = await old.readInfo();
    expect((await haproxy.reload()).ok).toBe(true);
    await waitUntil(async () => (await old.readInfo()).stopping, { for: 'the old worker to stop' });
    expect((await old.readInfo()).pid).toBe(pid);
    // A fresh connection reaches the new worker from the same client.
    const { workers, oldWorkers } = await master.readProc();
    expect([workers.length, oldWorkers.map((worker) => worker.pid)]).toEqual([
      1,
      expect.arrayContaining([pid]),
    ]);
    const throughMaster = createRuntimeClientOver(master.worker({ pid }));
    expect((await throughMaster.readInfo()).stopping).toBe(true);
    throughMaster.close();
    old.close();
    client.close();
    client = createRuntimeClient({ address: { path: haproxy.paths.statsSocket } });
    expect(await client.readInfo()).toMatchObject({ pid: workers[0]?.pid, stopping: false });
  });

  it('reloads through the master, and gives the reason of a failed one where the master tells it', async () => {
    const can = await client.readCapabilities();
    const before = await haproxy.workerPid();
    client.close();
    const good = await master.reload();
    expect(good).toMatchObject(
      can.hasMasterReloadAnswer ? { answered: true, success: true } : { answered: false },
    );
    await waitUntil(async () => (await haproxy.workerPid()) !== before, { for: 'the new worker' });
    const survivor = await haproxy.workerPid();
    haproxy.writeConfig('global\n  bogus\n');
    // The master of 2.6 executes itself anew, and for a moment nobody listens.
    const bad = await waitUntil(() => master.reload(), { for: 'the master to listen' });
    if (can.hasMasterReloadAnswer) expect(JSON.stringify(bad)).toMatch(/"success":false.*bogus/);
    const proc = await waitUntil(
      async () => {
        const now = await master.readProc();
        return now.master.failed === 1 && now;
      },
      { for: 'the failed reload to show' },
    );
    const listed = can.listsSurvivorAsOld ? proc.oldWorkers : proc.workers;
    expect(listed.map(({ pid }) => pid)).toContain(survivor);
    const second = createRuntimeClientOver(master.worker());
    expect((await second.readInfo()).pid).toBe(survivor);
    second.close();
    haproxy.writeConfig(config(haproxy.paths, places));
    expect((await haproxy.reload()).ok).toBe(true);
    client = createRuntimeClient({ address: { path: haproxy.paths.statsSocket } });
  });

  it('asks the master for its own things, and knows a worker that is gone', async () => {
    expect((await master.readVersion()).text).toBe((await client.readVersion()).text);
    const { hasMasterStartupLogs } = await client.readCapabilities();
    if (hasMasterStartupLogs) expect((await master.readStartupLogs()).length).toBeGreaterThan(0);
    else expect(await failure(master.readStartupLogs())).toBe('unknown-command, refused');
    const gone = createRuntimeClientOver(master.worker({ pid: 999_999 }));
    expect(await failure(gone.readStat())).toBe('no-such-worker, refused');
    gone.close();
    const wrong = createRuntimeClient({ address: { path: haproxy.paths.masterSocket } });
    expect(await failure(wrong.readInfo())).toBe('wrong-socket, not-sent');
    wrong.close();
  });

  it('takes a frozen process for unknown, and hears no late answer afterwards', async () => {
    const slow = createRuntimeClient({ address: { path: haproxy.paths.statsSocket }, timeoutMs: 150 });
    await slow.readInfo();
    haproxy.freeze();
    expect(await failure(slow.setServerState(S0, 'drain'))).toBe('timed-out, unknown');
    haproxy.thaw();
    expect(await failure(slow.readInfo())).toBe('connection-closed, not-sent');
    slow.transport.reconnect();
    await waitUntil(async () => (await slow.readInfo()).node === 'edge-1', { for: 'an answer again' });
    slow.close();
    await client.setServerState(S0, 'ready');
  });

  it('reports a worker that is killed under a kept connection', async () => {
    await client.readInfo();
    const closed = new Promise((resolve) => client.transport.onClose(resolve));
    await haproxy.killWorker();
    expect(await closed).toBe('by-haproxy');
    expect(await failure(client.readInfo())).toBe('connection-closed, not-sent');
    await haproxy.waitReady();
    client.transport.reconnect();
    expect((await client.readInfo()).node).toBe('edge-1');
  });
});
