import {
  type CliLevel,
  type Info,
  RuntimeError,
  type RuntimeClient,
  type ServerStateRow,
  createMasterClient,
  createRuntimeClient,
  createRuntimeClientOver,
  parseSocketAddress,
} from '../../haproxy/runtime/index.ts';

export interface ReaderOptions {
  readonly statsSocket: string;
  readonly masterSocket: string | undefined;
  readonly timeoutMs?: number;
}

/** What one process said at one moment. */
export interface Reading {
  readonly info: Info;
  readonly rows: readonly ServerStateRow[];
  /** False: rows of the backends asked for only. */
  readonly isAll: boolean;
}

/** Which servers to read: nothing that was known of another worker, its backends included, holds for this one. */
export interface Wanted {
  readonly backends: readonly string[];
  readonly isKnown: (info: Info) => boolean;
}

/** A kept connection that moves on to the worker of now: a connection stays with the worker that took it. */
export interface Reader {
  /**
   * `show info`, then `show servers state` of some backends, or of all.
   * @throws RuntimeError of the stats socket when no way in gives a whole answer; nothing is then known
   */
  read(wanted?: Wanted): Promise<Reading>;
  /** `show info` alone. */
  readInfo(): Promise<Info>;
  /** The client of the last good reading; after a failure a new one that has not connected yet. */
  client(): RuntimeClient;
  readLevel(): Promise<CliLevel | 'unknown'>;
  /** Called when HAProxy ends the connection. */
  onLost(listener: () => void): void;
  close(): void;
}

type Way = 'stats' | 'master';

/** Read calls are not made at the same time: the instance's queue sees to that. */
export function createReader({ statsSocket, masterSocket, timeoutMs = 2_000 }: ReaderOptions): Reader {
  let current: { client: RuntimeClient; way: Way; close(): void } | undefined;
  let lost: () => void = () => undefined;

  function open(way: Way): RuntimeClient {
    const master = way === 'master' && masterSocket !== undefined;
    const address = parseSocketAddress(master ? masterSocket : statsSocket);
    const through = master ? createMasterClient({ address, timeoutMs }) : undefined;
    const client = through
      ? createRuntimeClientOver(through.worker())
      : createRuntimeClient({ address, timeoutMs });
    const close = () => {
      client.close();
      through?.close();
    };
    const mine = { client, way, close };
    client.transport.onClose((reason) => {
      if (reason === 'by-haproxy' && current === mine) lost();
    });
    current = mine;
    return client;
  }

  function drop(): void {
    const ended = current;
    current = undefined;
    ended?.close();
  }

  /** The connection that is there, then a fresh one, then through the master. */
  async function tryWays<T>(call: (client: RuntimeClient) => Promise<T>): Promise<T> {
    if (current?.way === 'stats') {
      try {
        return await call(current.client);
      } catch (thrown) {
        drop();
        if (isSilence(thrown)) return tryMaster(call, thrown);
      }
    }
    drop();
    try {
      return await call(open('stats'));
    } catch (thrown) {
      drop();
      return tryMaster(call, thrown);
    }
  }

  async function tryMaster<T>(call: (client: RuntimeClient) => Promise<T>, reason: unknown): Promise<T> {
    if (masterSocket === undefined) throw reason;
    try {
      return await call(open('master'));
    } catch {
      drop();
      throw reason;
    }
  }

  async function readInfo(client: RuntimeClient): Promise<Info> {
    const info = await client.readInfo();
    if (!info.stopping) return info;
    throw new RuntimeError('connection-closed', 'the worker that answers is stopping', {
      hint: 'a reload replaced it, or HAProxy is being stopped',
    });
  }

  return {
    read: (wanted) =>
      tryWays(async (client) => {
        const info = await readInfo(client);
        if (!wanted?.isKnown(info)) return { info, rows: await client.readServersState(), isAll: true };
        const rows: ServerStateRow[] = [];
        for (const backend of wanted.backends) rows.push(...(await client.readServersState(backend)));
        return { info, rows, isAll: false };
      }),
    readInfo: () => tryWays(readInfo),
    client: () => current?.client ?? open('stats'),
    async readLevel() {
      try {
        return await (current?.client ?? open('stats')).readCliLevel();
      } catch {
        return 'unknown';
      }
    },
    onLost(listener) {
      lost = listener;
    },
    close: drop,
  };
}

/** A fresh connection to the same socket would only wait as long again. */
function isSilence(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && (thrown.code === 'timed-out' || thrown.code === 'no-answer-slot');
}
