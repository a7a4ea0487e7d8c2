import { afterEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../lib/index.ts';
import { FIXTURE_VERSIONS, readAnswer } from '../../../test/support/runtime-fixtures.ts';
import {
  startScriptedSocket,
  type Reply,
  type ScriptedSocket,
} from '../../../test/support/scripted-socket.ts';
import { createRuntimeClient, type RuntimeClient } from './client.ts';
import { RuntimeError } from './codec/errors.ts';
import { printServerStateFile, parseServersState } from './servers-state.ts';

const REF = { backend: 'b', server: 's0' };
const STATE = readAnswer('3.2', 'show_servers_state');

/** The state of the fixture with some columns of b/s0 changed. */
function stateWith(change: object): string {
  const rows = parseServersState(STATE);
  return printServerStateFile(rows.map((row) => (row.server === 's0' ? { ...row, ...change } : row)));
}

describe('createRuntimeClient', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function start(
    reply: (command: string) => Reply,
  ): Promise<{ socket: ScriptedSocket; client: RuntimeClient }> {
    const socket = await startScriptedSocket({ kind: 'unix', reply });
    const client = createRuntimeClient({ address: socket.address, timeoutMs: 1_000 });
    closing.push(
      () => socket.close(),
      () => client.close(),
    );
    return { socket, client };
  }

  const answering = (answers: Record<string, string>) =>
    start((command) => ({ body: answers[command] ?? `Unknown command: '${command}'\n` }));

  async function codeOf(call: Promise<unknown>): Promise<string> {
    try {
      return `resolved ${JSON.stringify(await call)}`;
    } catch (error) {
      if (error instanceof RuntimeError) return `${error.code}, ${error.outcome}`;
      throw error;
    }
  }

  it.each(FIXTURE_VERSIONS)('reads every noun of %s', async (version) => {
    const of = (name: string): string => readAnswer(version, name);
    const { client } = await answering({
      'show info': of('show_info'),
      'show version': of('show_version'),
      help: of('help'),
      'show stat': of('show_stat'),
      'show stat b 6 -1': of('show_stat_b_6_-1'),
      'show servers state': of('show_servers_state'),
      'show servers conn b': of('show_servers_conn'),
      'show sess': of('show_sess'),
      'show sess all': of('show_sess_all'),
      'show map': of('show_map'),
      'show map #0': '0x1 /k v w\n',
      'show table': of('show_table'),
      'show table b': of('show_table_b'),
      'show table b key none': '',
      'show peers': of('show_peers'),
      'show cli level': of('show_cli_level'),
      'show cli sockets': of('show_cli_sockets'),
      'show env CFG_REV': of('show_env_CFG_REV'),
      'show env NONE': 'Variable not found\n',
      'get weight b/s1': of('get_weight_b_s1'),
    });
    expect((await client.readInfo()).node).toBe('edge-1');
    expect((await client.readVersion()).text).toContain(version);
    expect((await client.readCapabilities()).canAddServer).toBe(true);
    expect((await client.readStat()).length).toBeGreaterThan(9);
    expect((await client.readStat({ proxy: 'b', types: ['backend', 'server'] })).length).toBe(6);
    expect(await client.readServersState()).toHaveLength(7);
    expect(await client.readServersConn('b')).toHaveLength(7);
    expect(await client.readSessions()).toHaveLength(2);
    expect(await client.readSessions(REF)).toEqual([]);
    expect(await client.readSessionDetails()).toHaveLength(2);
    expect(await client.readMaps()).toHaveLength(1);
    expect(await client.readMapEntries({ id: 0 })).toEqual([{ id: '0x1', key: '/k', value: 'v w' }]);
    expect(await client.readTables()).toHaveLength(1);
    expect((await client.readTable('b')).entries.length).toBeGreaterThan(30);
    expect(await client.readTableKey('b', 'none')).toBeNull();
    expect((await client.readPeers())[0]?.peers).toHaveLength(2);
    expect(await client.readCliLevel()).toBe('admin');
    expect((await client.readCliSockets()).length).toBeGreaterThan(2);
    expect([await client.readEnv('CFG_REV'), await client.readEnv('NONE')]).toEqual(['42', null]);
    expect(await client.readServerWeight({ backend: 'b', server: 's1' })).toEqual({
      weight: 50,
      initial: 50,
    });
  });

  it('knows what a HAProxy without `help` can do', async () => {
    const info = readAnswer('2.6', 'show_info').replace(/^Version: .*$/m, 'Version: 2.2.9-2');
    const { client } = await start((line) => ({
      body: line === 'show info' ? info : 'Unknown command. Please\n',
    }));
    expect(await client.readCapabilities()).toMatchObject({ canAddServer: false, hasAtomicMaps: false });
  });

  it('sends the words of each change', async () => {
    const weight = '10 (initial 10)\n';
    const { socket, client } = await start((line) => ({ body: line.startsWith('get') ? weight : '' }));
    await client.setServerState(REF, 'drain');
    await client.setServerWeight(REF, 0);
    await client.setServerWeight(REF, '50%');
    await client.setServerHealth(REF, 'stopping');
    await client.setServerAgent(REF, 'up');
    await client.setServerCheckPort(REF, 81);
    await client.shutdownSessions(REF);
    expect(socket.commands).toEqual([
      'set server b/s0 state drain',
      'set server b/s0 weight 0',
      'get weight b/s0',
      'set server b/s0 weight 50%',
      'set server b/s0 health stopping',
      'set server b/s0 agent up',
      'set server b/s0 check-port 81',
      'shutdown sessions server b/s0',
    ]);
  });

  it('sets no percentage that HAProxy would round down to 0, but 0 itself', async () => {
    const { socket, client } = await start((line) => ({
      body: line.startsWith('get') ? '1 (initial 1)\n' : '',
    }));
    expect(await codeOf(client.setServerWeight(REF, '99%'))).toBe('value-refused, not-sent');
    await client.setServerWeight(REF, '0%');
    await client.setServerWeight(REF, '100%');
    expect(socket.commands.filter((line) => line.startsWith('set'))).toEqual([
      'set server b/s0 weight 0%',
      'set server b/s0 weight 100%',
    ]);
  });

  it('sends nothing for values and names that HAProxy would take wrongly', async () => {
    const { socket, client } = await start(() => ({ body: '' }));
    const refused = [
      client.setServerWeight(REF, 257),
      client.setServerWeight(REF, 1.5),
      client.setServerWeight(REF, -1),
      client.setServerWeight(REF, Number.NaN),
      client.setServerWeight(REF, '-5%'),
      client.setServerAddress(REF, { address: 'example.org', port: 80 }),
      client.setServerAddress(REF, { address: '1.2.3.4:80', port: 80 }),
      client.setServerAddress(REF, { address: 'fe80::1%eth0', port: 80 }),
      client.setServerAddress(REF, { address: '1.2.3.4', port: 99_999 }),
      client.setServerAddress(REF, { address: '1.2.3.4', port: 0 }),
      client.setServerCheckPort(REF, 70_000),
      client.setServerState({ backend: 'b/x', server: 's' }, 'maint'),
      client.setServerState({ backend: 'b', server: '#1' }, 'maint'),
      client.setServerState({ backend: 'b', server: '' }, 'maint'),
      client.setServerState({ backend: 'b', server: 's\nset server b/s1 state maint' }, 'maint'),
      client.readServersState(''),
      client.readTableKey('b', 'a\0b'),
    ];
    for (const code of await Promise.all(refused.map(codeOf)))
      expect(code).toMatch(/^(value|word)-refused, not-sent$/);
    expect(socket.connections).toBe(0);
  });

  it('can only ask for one variable of the environment', async () => {
    const { socket, client } = await start(() => ({ body: '' }));
    for (const name of ['', ' ', 'A B', 'A;show env', 'A\n', '*'])
      expect(await codeOf(client.readEnv(name))).toBe('word-refused, not-sent');
    expect(socket.connections).toBe(0);
  });

  it('takes any text of a silent command for a refusal, also one that nobody knows', async () => {
    const { client } = await answering({
      'set server b/s0 state ready': 'Permission denied\n',
      'set server b/s0 state maint': 'The moon is wrong.\n',
    });
    expect(await codeOf(client.setServerState(REF, 'ready'))).toBe('permission-denied, refused');
    expect(await codeOf(client.setServerState(REF, 'maint'))).toBe('unexpected-answer, refused');
  });

  it('takes an answer that it cannot read for an error', async () => {
    const { client } = await start(() => ({ body: 'something else\n' }));
    const codes = await Promise.all(
      [
        client.readInfo(),
        client.readStat(),
        client.readServersState(),
        client.readServersConn(),
        client.readSessions(),
        client.readSessionDetails(),
        client.readMaps(),
        client.readMapEntries('m'),
        client.readTables(),
        client.readTable('b'),
        client.readPeers(),
        client.readCliLevel(),
        client.readCliSockets(),
        client.readEnv('X'),
        client.readServerWeight(REF),
        client.setServerAddress(REF, { address: '::1', port: 1 }),
      ].map(codeOf),
    );
    expect(new Set(codes)).toEqual(new Set(['unexpected-answer, unknown']));
  });

  it('streams a table, and refuses one that only has its header', async () => {
    const { client } = await answering({
      'show table b': readAnswer('3.0', 'show_table_b'),
      'show table c':
        '# table: c, type: ip, size:1, used:1\n# contents not dumped due to insufficient privileges\n',
      'show table d': 'No such table\n',
    });
    let bytes = 0;
    const { size } = await client.streamTable('b', (chunk) => (bytes += chunk.length));
    expect([size, bytes]).toEqual([readAnswer('3.0', 'show_table_b').length, size + 1]);
    expect(await codeOf(client.streamTable('c', () => undefined))).toBe('permission-denied, refused');
    expect(await codeOf(client.streamTable('d', () => undefined))).toBe('no-such-table, refused');
  });

  describe('the health gate', () => {
    const DRAIN = 'set server b/s0 state drain';
    const DOWN = 'set server b/s0 health down';
    const gate = (change: object, answers: Record<string, string>) =>
      answering({ 'show servers state b': stateWith(change), ...answers });

    it('sets drain and down on one line of a fresh connection', async () => {
      const { socket, client } = await gate({ checkState: 14 }, { [DRAIN]: '', [DOWN]: '' });
      expect(await client.startHealthGate(REF)).toEqual({ gated: true });
      expect(socket.commands).toEqual(['show servers state b', DRAIN, DOWN]);
      expect(socket.connections).toBe(2);
    });

    it('sends nothing where no check would ever bring the server up again', async () => {
      for (const [checkState, reason] of [
        [0, 'no-check'],
        [2, 'check-disabled'],
      ] as const) {
        const { socket, client } = await gate({ checkState }, {});
        expect(await client.startHealthGate(REF)).toEqual({ gated: false, reason });
        expect(socket.commands).toEqual(['show servers state b']);
      }
    });

    it('is not gated where HAProxy refuses the health', async () => {
      const tracking = 'cannot change health on a tracking server.\n';
      const { client } = await gate({}, { [DRAIN]: '', [DOWN]: tracking });
      expect(await client.startHealthGate(REF)).toEqual({ gated: false, reason: 'refused' });
    });

    it('fails with the refusal of either command', async () => {
      const denied = await gate({}, { [DRAIN]: 'Permission denied\n', [DOWN]: 'Permission denied\n' });
      expect(await codeOf(denied.client.startHealthGate(REF))).toBe('permission-denied, refused');
      const odd = await gate({}, { [DRAIN]: '', [DOWN]: 'The moon is wrong.\n' });
      expect(await codeOf(odd.client.startHealthGate(REF))).toBe('unexpected-answer, unknown');
      const none = await gate({}, {});
      expect(await codeOf(none.client.startHealthGate({ backend: 'b', server: 's9' }))).toBe(
        'no-such-server, refused',
      );
    });
  });

  describe('waitForAddress', () => {
    it('reads until the server shows the address', async () => {
      let reads = 0;
      const { client } = await start(() => ({
        body: reads++ < 3 ? STATE : stateWith({ address: '2001:db8::1', port: 81 }),
      }));
      const row = await client.waitForAddress(REF, { address: '2001:0db8:0::0001', port: 81 });
      expect([row.address, reads]).toEqual(['2001:db8::1', 4]);
    });

    it('is unknown at the deadline', async () => {
      const clock = createManualClock();
      const { client } = await start(() => {
        clock.advance(600);
        return { body: STATE };
      });
      const wait = client.waitForAddress(REF, { address: '127.0.0.9', port: 81 }, { withinMs: 1_000, clock });
      expect(await codeOf(wait)).toBe('timed-out, unknown');
    });
  });
});
