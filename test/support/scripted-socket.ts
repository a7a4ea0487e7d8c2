import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SocketAddress } from '../../src/haproxy/runtime/index.ts';

/** What the script does with one command. */
export type Reply =
  /** The answer without its empty line, as HAProxy ends it; '' is silent success. */
  | { readonly body: string }
  /** These bytes and nothing more, neither an empty line nor a prompt. */
  | { readonly raw: string }
  /** These bytes, then the end of the connection. */
  | { readonly cut: string }
  /** These bytes, then a reset. TCP only: a unix socket has none. */
  | { readonly reset: string }
  /** The whole answer, one byte at a time. */
  | { readonly slow: string };

export interface ScriptedOptions {
  readonly kind: 'unix' | 'tcp' | 'master';
  /** `'accept-only'` reads nothing, as the 11th connection of a real socket. `'close'` ends every connection at once. */
  readonly mode?: 'normal' | 'accept-only' | 'close';
  readonly reply: (command: string) => Reply;
}

/** A socket that speaks as a HAProxy worker or master does, and misbehaves as told. */
export interface ScriptedSocket {
  readonly address: SocketAddress;
  /** Every command that arrived, in order, without the master's `@1 `. `prompt` is not among them. */
  readonly commands: readonly string[];
  /** Connections so far. */
  readonly connections: number;
  /** Ends every open connection, as a worker that exits. */
  drop(): void;
  /** Writes to every open connection, unasked. */
  shout(text: string): void;
  close(): Promise<void>;
}

export async function startScriptedSocket(options: ScriptedOptions): Promise<ScriptedSocket> {
  const { kind, mode = 'normal' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'scripted-'));
  const commands: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    if (mode === 'close') socket.end();
    else if (mode === 'normal') serve(socket, options, commands);
    else socket.pause();
  });
  const path = join(folder, 's.sock');
  await new Promise<void>((listening) => {
    if (kind === 'tcp') server.listen(0, '127.0.0.1', listening);
    else server.listen(path, listening);
  });

  return {
    address: kind === 'tcp' ? { host: '127.0.0.1', port: (server.address() as AddressInfo).port } : { path },
    commands,
    get connections() {
      return connections;
    },
    drop: () => open.forEach((socket) => socket.end()),
    shout: (text) => open.forEach((socket) => socket.write(text)),
    async close() {
      open.forEach((socket) => socket.destroy());
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serve(socket: Socket, { kind, reply }: ScriptedOptions, commands: string[]): void {
  const prompt = kind === 'master' ? 'master> ' : '> ';
  let interactive = false;
  let pending = '';
  let answering: Promise<boolean> = Promise.resolve(true);
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('utf8');
    for (let at = pending.indexOf('\n'); at >= 0; at = pending.indexOf('\n')) {
      const line = pending.slice(0, at);
      pending = pending.slice(at + 1);
      if (line === 'prompt') {
        interactive = true;
        socket.write(kind === 'master' ? prompt : `\n${prompt}`);
      } else answering = answering.then(() => answerLine(line));
    }
  });
  // The master never closes by itself: only the client's half-close ends its connections.
  // An unfinished answer stays so.
  socket.on('end', () => void answering.then((finished) => finished && socket.end()));

  /** False where an answer was left unfinished. */
  async function answerLine(line: string): Promise<boolean> {
    for (const part of line.split(/(?<!\\);/)) {
      const command = part.trim().replace(/^@\S+ /, '');
      commands.push(command);
      if (!(await perform(reply(command)))) return false;
    }
    if (!interactive && kind !== 'master') socket.end();
    return true;
  }

  /** False where the script leaves the answer unfinished. */
  async function perform(reply: Reply): Promise<boolean> {
    if ('cut' in reply) socket.end(reply.cut);
    else if ('reset' in reply) socket.write(reply.reset, () => socket.resetAndDestroy());
    else if ('raw' in reply) socket.write(reply.raw);
    else if ('slow' in reply) {
      for (const byte of Buffer.from(`${reply.slow}\n${interactive ? prompt : ''}`))
        await new Promise<void>((written) => socket.write(Buffer.of(byte), () => setImmediate(written)));
      return true;
    } else {
      socket.write(`${reply.body}\n${interactive ? prompt : ''}`);
      return true;
    }
    return false;
  }
}
