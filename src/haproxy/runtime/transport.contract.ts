import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  startScriptedSocket,
  type Reply,
  type ScriptedOptions,
  type ScriptedSocket,
} from '../../../test/support/scripted-socket.ts';
import { encodeCommand, type Command } from './codec/encode.ts';
import { RuntimeError } from './codec/errors.ts';
import type { CloseReason, Transport, TransportOptions } from './transport.ts';

export interface TransportDriver {
  readonly name: string;
  readonly kind: ScriptedOptions['kind'];
  readonly create: (options: TransportOptions) => Transport;
}

/** One word is enough: what a command says is the script's business. */
export const command = (...words: string[]): Command => encodeCommand(words);

/** The code and outcome of a failure, or the text of an answer. */
export async function resultOf(
  call: Promise<{ text(): string } | { readonly head: string }>,
): Promise<string> {
  try {
    const answer = await call;
    return 'head' in answer ? answer.head : answer.text();
  } catch (error) {
    if (error instanceof RuntimeError) return `${error.code}, ${error.outcome}`;
    throw error;
  }
}

/** What every {@link Transport} promises. Run for each kind of socket, against a script that misbehaves as told. */
export function testTransportContract({ name, kind, create }: TransportDriver): void {
  describe(`the transport contract: ${name}`, () => {
    const closing: (() => unknown)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    async function start(
      reply: (command: string) => Reply,
      options: Omit<TransportOptions, 'address'> & { mode?: 'normal' | 'accept-only' | 'close' } = {},
    ): Promise<{ socket: ScriptedSocket; transport: Transport }> {
      const { mode = 'normal', ...limits } = options;
      const socket = await startScriptedSocket({ kind, mode, reply });
      const transport = create({ address: socket.address, ...limits });
      closing.push(
        () => socket.close(),
        () => transport.close(),
      );
      return { socket, transport };
    }

    const echo = (line: string): Reply => ({ body: `${line}\n` });
    const closed = (transport: Transport): Promise<CloseReason> =>
      new Promise((resolve) => transport.onClose(resolve));

    it('answers requests on one connection, in the order of the calls', async () => {
      const { socket, transport } = await start(echo);
      const words = Array.from({ length: 50 }, (_, at) => `c${at}`);
      const answers = await Promise.all(words.map((word) => resultOf(transport.request(command(word)))));
      expect(answers).toEqual(words.map((word) => `${word}\n`));
      expect([socket.connections, socket.commands]).toEqual([1, words]);
      expect(transport.connected).toBe(true);
    });

    it('connects at the first request and not before', async () => {
      const { socket, transport } = await start(echo);
      expect([socket.connections, transport.connected]).toEqual([0, false]);
      await transport.request(command('a'));
      expect(socket.connections).toBe(1);
    });

    it('gives silent success as an answer of size 0, kept and fresh', async () => {
      const { transport } = await start(() => ({ body: '' }));
      expect((await transport.request(command('set'))).size).toBe(0);
      expect((await transport.requestOnce([command('set')])).size).toBe(0);
    });

    it('sends several commands on one line of a fresh connection and gives their answers together', async () => {
      const { socket, transport } = await start((line) => ({ body: line === 'a' ? '' : 'B\n' }));
      expect(await resultOf(transport.requestOnce([command('a'), command('b')]))).toBe('\nB\n');
      expect(socket.commands).toEqual(['a', 'b']);
    });

    it('uses one fresh connection at a time and none after close', async () => {
      const { socket, transport } = await start(echo);
      const answers = await Promise.all(
        ['a', 'b', 'c'].map((word) => resultOf(transport.requestOnce([command(word)]))),
      );
      expect(answers).toEqual(['a\n', 'b\n', 'c\n']);
      expect(socket.connections).toBe(3);
      transport.close();
      expect(await resultOf(transport.requestOnce([command('d')]))).toBe('connection-closed, not-sent');
      expect(await resultOf(transport.request(command('d')))).toBe('connection-closed, not-sent');
      expect(socket.connections).toBe(3);
    });

    it('reads an answer that comes byte by byte, kept and fresh', async () => {
      const body = 'one\n> two\n\nthree\n';
      const { transport } = await start(() => ({ slow: 'one\ntwo\n' }));
      expect(await resultOf(transport.request(command('a')))).toBe('one\ntwo\n');
      expect(await resultOf(transport.requestOnce([command('a')]))).toBe('one\ntwo\n');
      const other = await start(() => ({ slow: body }));
      expect(await resultOf(other.transport.requestOnce([command('a')]))).toBe(body);
    });

    it('streams an answer of many reads and gives its size', async () => {
      const body = 'x'.repeat(99).concat('\n').repeat(20_000);
      const { transport } = await start(() => ({ body }));
      let bytes = 0;
      const answer = await transport.streamOnce(command('dump'), (chunk) => (bytes += chunk.length));
      expect([answer.size, bytes, answer.head]).toEqual([body.length, body.length + 1, body.slice(0, 1024)]);
    });

    it('takes an answer that never comes for unknown, and closes that connection', async () => {
      const { socket, transport } = await start((line) => (line === 'hang' ? { raw: '' } : echo(line)), {
        timeoutMs: 40,
      });
      const reason = closed(transport);
      const [hung, waiting] = [transport.request(command('hang')), transport.request(command('next'))];
      expect(await Promise.all([resultOf(hung), resultOf(waiting)])).toEqual([
        'timed-out, unknown',
        'connection-closed, not-sent',
      ]);
      expect(await reason).toBe('after-failure');
      expect(socket.commands).toEqual(['hang']);
    });

    it('stays closed until the owner reconnects, and a late answer is nobody else`s', async () => {
      const { socket, transport } = await start(
        (line) => (line === 'hang' ? { raw: 'late\n' } : echo(line)),
        { timeoutMs: 40 },
      );
      expect(await resultOf(transport.request(command('hang')))).toBe('timed-out, unknown');
      expect(await resultOf(transport.request(command('a')))).toBe('connection-closed, not-sent');
      transport.reconnect();
      expect(await resultOf(transport.request(command('a')))).toBe('a\n');
      expect(socket.connections).toBe(2);
    });

    it('takes the first bytes of an answer that goes no further for unknown', async () => {
      const { transport } = await start(() => ({ raw: 'one\ntwo\n' }), { timeoutMs: 40 });
      expect(await resultOf(transport.requestOnce([command('a')]))).toBe('timed-out, unknown');
      expect(await resultOf(transport.streamOnce(command('a'), () => undefined))).toBe('timed-out, unknown');
      expect(await resultOf(transport.request(command('a')))).toBe('timed-out, unknown');
    });

    it('takes half an answer for unknown, never for an answer', async () => {
      const { transport } = await start(() => ({ cut: 'half of an ans' }));
      expect(await resultOf(transport.request(command('a')))).toBe('answer-cut, unknown');
      expect(await resultOf(transport.requestOnce([command('a')]))).toBe('answer-cut, unknown');
      expect(await resultOf(transport.streamOnce(command('a'), () => undefined))).toBe('answer-cut, unknown');
    });

    it('takes no answer at all for unknown', async () => {
      const { transport } = await start(() => ({ cut: '' }));
      expect(await resultOf(transport.request(command('a')))).toBe('empty-answer, unknown');
      expect(await resultOf(transport.requestOnce([command('a')]))).toBe('empty-answer, unknown');
    });

    it('sends nothing where the greeting does not come', async () => {
      const { socket, transport } = await start(echo, { mode: 'accept-only', timeoutMs: 40 });
      expect(await resultOf(transport.request(command('set')))).toBe('no-answer-slot, not-sent');
      expect(await resultOf(transport.requestOnce([command('set')]))).toBe('no-answer-slot, unknown');
      expect(socket.commands).toEqual([]);
    });

    it('reports a socket that closes at once', async () => {
      const { transport } = await start(echo, { mode: 'close' });
      expect(await resultOf(transport.request(command('a')))).toBe('connection-closed, not-sent');
      expect(await resultOf(transport.requestOnce([command('a')]))).toBe('empty-answer, unknown');
    });

    it('tells when HAProxy ends the kept connection', async () => {
      const { socket, transport } = await start(echo);
      await transport.request(command('a'));
      const reason = closed(transport);
      socket.drop();
      expect(await reason).toBe('by-haproxy');
      expect(transport.connected).toBe(false);
      expect(await resultOf(transport.request(command('a')))).toBe('connection-closed, not-sent');
    });

    it('reports a worker that goes in the middle of an answer, and reaches the next one after reconnect', async () => {
      let answers = 0;
      const { transport } = await start((line) => (answers++ === 0 ? { cut: '1\n# be_id' } : echo(line)));
      const reason = closed(transport);
      expect(await resultOf(transport.request(command('show')))).toBe('answer-cut, unknown');
      expect(await reason).toBe('by-haproxy');
      transport.reconnect();
      expect(await resultOf(transport.request(command('show')))).toBe('show\n');
    });

    it('closes on bytes that nobody asked for', async () => {
      const { socket, transport } = await start(echo);
      await transport.request(command('a'));
      const reason = closed(transport);
      socket.shout('surprise\n');
      expect(await reason).toBe('after-failure');
    });

    it('gives up by signal: unsent while it waits, unknown once it was written', async () => {
      const { socket, transport } = await start((line) => (line === 'hang' ? { raw: '' } : echo(line)));
      await transport.request(command('first'));
      const [one, two] = [new AbortController(), new AbortController()];
      const hung = transport.request(command('hang'), { signal: one.signal });
      const waiting = transport.request(command('wait'), { signal: two.signal });
      two.abort();
      expect(await resultOf(waiting)).toBe('aborted, not-sent');
      one.abort();
      expect(await resultOf(hung)).toBe('aborted, unknown');
      expect(await resultOf(transport.request(command('x'), { signal: one.signal }))).toBe(
        'aborted, not-sent',
      );
      expect(await resultOf(transport.requestOnce([command('x')], { signal: one.signal }))).toBe(
        'aborted, not-sent',
      );
      expect(socket.commands).not.toContain('wait');
      expect(socket.commands).not.toContain('x');
    });

    it('ends a request under way by close', async () => {
      const { socket, transport } = await start(() => ({ raw: 'x' }));
      const results = Promise.all([
        resultOf(transport.request(command('kept'))),
        resultOf(transport.requestOnce([command('fresh')])),
      ]);
      await vi.waitFor(() => expect(socket.commands).toHaveLength(2));
      transport.close();
      expect(await results).toEqual([
        expect.stringMatching(/, unknown$/),
        expect.stringMatching(/, unknown$/),
      ]);
    });

    it('refuses an answer over the limit', async () => {
      const { transport } = await start(() => ({ body: 'x'.repeat(5_000) }), { maxAnswerBytes: 1_000 });
      expect(await resultOf(transport.request(command('a')))).toBe('answer-too-big, unknown');
      expect(await resultOf(transport.requestOnce([command('a')]))).toBe('answer-too-big, unknown');
    });
  });
}
