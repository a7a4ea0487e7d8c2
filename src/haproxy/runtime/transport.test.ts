import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startScriptedSocket } from '../../../test/support/scripted-socket.ts';
import { createMasterClient } from './master.ts';
import { command, resultOf, testTransportContract } from './transport.contract.ts';
import { createTransport } from './transport.ts';

testTransportContract({ name: 'unix', kind: 'unix', create: createTransport });
testTransportContract({ name: 'TCP', kind: 'tcp', create: createTransport });
testTransportContract({
  name: 'through the master',
  kind: 'master',
  create: (options) => createMasterClient(options).worker(),
});

describe('createTransport', () => {
  const folder = mkdtempSync(join(tmpdir(), 'transport-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function bothWays(address: { path: string } | { host: string; port: number }): Promise<string[]> {
    const transport = createTransport({ address });
    const results = [
      await resultOf(transport.request(command('a'))),
      await resultOf(transport.requestOnce([command('a')])),
    ];
    transport.close();
    return results;
  }

  it('names a socket that is missing, is no socket, or has nobody behind it', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await bothWays({ path: join(folder, 'none') })).toEqual(Array(2).fill('socket-missing, not-sent'));
    expect(await bothWays({ path: join(folder, 'file') })).toEqual(
      Array(2).fill('connection-refused, not-sent'),
    );
    const socket = await startScriptedSocket({ kind: 'tcp', reply: () => ({ body: '' }) });
    await socket.close();
    expect(await bothWays(socket.address)).toEqual(Array(2).fill('connection-refused, not-sent'));
  });

  it('takes a reset for unknown', async () => {
    const socket = await startScriptedSocket({ kind: 'tcp', reply: () => ({ reset: 'half' }) });
    const unknown = /^(answer-cut|empty-answer), unknown$/;
    for (const result of await bothWays(socket.address)) expect(result).toMatch(unknown);
    await socket.close();
  });

  it('knows a master socket where a worker was expected', async () => {
    const socket = await startScriptedSocket({ kind: 'master', reply: () => ({ body: '' }) });
    const transport = createTransport({ address: socket.address });
    expect(await resultOf(transport.request(command('a')))).toBe('wrong-socket, not-sent');
    expect(socket.commands).toEqual([]);
    transport.close();
    await socket.close();
  });
});

describe('the master', () => {
  it('addresses every command of a line, as an unaddressed one would be the master`s own', async () => {
    const lines: string[] = [];
    const socket = await startScriptedSocket({
      kind: 'master',
      reply: (line) => {
        lines.push(line);
        return { body: '' };
      },
    });
    const master = createMasterClient({ address: socket.address });
    expect(await resultOf(master.worker({ pid: 42 }).requestOnce([command('a'), command('b')]))).toBe('\n');
    expect(lines).toEqual(['a', 'b']);
    master.close();
    await socket.close();
  });

  it('says that the worker is gone where 3.2 says so and never closes', async () => {
    const socket = await startScriptedSocket({
      kind: 'master',
      reply: () => ({ raw: "Can't find the target PID matching the prefix '@!42'\n" }),
    });
    const master = createMasterClient({ address: socket.address });
    expect(await resultOf(master.worker({ pid: 42 }).requestOnce([command('a')]))).toBe(
      'no-such-worker, refused',
    );
    master.close();
    await socket.close();
  });

  it('takes a reload without an answer, and one with', async () => {
    const replies = [{ cut: '' }, { body: 'Success=0\n--\n[ALERT] (1) : bad\n' }];
    const socket = await startScriptedSocket({
      kind: 'master',
      reply: () => replies.shift() ?? { body: '' },
    });
    const master = createMasterClient({ address: socket.address });
    expect(await master.reload()).toEqual({ answered: false });
    expect(await master.reload()).toEqual({ answered: true, success: false, log: ['[ALERT] (1) : bad'] });
    master.close();
    await socket.close();
  });
});
