import type { ApiClient } from '../api/index.ts';
import { createOutput, type Output } from './output.ts';
import type { Settings } from './settings.ts';
import type { Moment } from './text/index.ts';
import type { World } from './world.ts';

/** The part of the API that commands use; `--socket` answers some of it from one HAProxy. */
export type Api = Omit<ApiClient, 'alarms'>;

/** A way to the fleet, with the name that leads every status and question. */
export interface Connection {
  readonly name: string;
  readonly api: Api;
  /** `--socket`: one HAProxy, nobody keeps an intent. */
  readonly direct: boolean;
  close(): Promise<void>;
}

/** What every command gets. */
export interface Cli {
  readonly world: World;
  readonly settings: Settings;
  /** Data: standard output. */
  readonly out: Output;
  /** Progress, questions, hints, errors: standard error. */
  readonly err: Output;
  moment(): Moment;
  /** Opened once, at the first call. @throws CliError where nothing says which server, or there is no token. */
  connect(): Promise<Connection>;
  close(): Promise<void>;
}

export function createCli(world: World, settings: Settings): Cli {
  let connection: Promise<Connection> | undefined;
  const err = createOutput(world.stderr, world.env, settings.colour);
  return {
    world,
    settings,
    out: createOutput(world.stdout, world.env, settings.colour),
    err,
    moment: () => ({
      nowMs: world.clock.wallMs(),
      get zone() {
        return world.zone;
      },
    }),
    connect() {
      connection ??= openConnection(world, settings, err);
      return connection;
    },
    async close() {
      await connection?.then((open) => open.close()).catch(() => undefined);
    },
  };
}

/** Loaded only here: the client brings the schemas, and `--help` needs neither. */
async function openConnection(world: World, settings: Settings, err: Output): Promise<Connection> {
  if (settings.socket !== undefined) {
    const { connectSocket } = await import('./socket/connect.ts');
    return connectSocket(settings.socket, world, settings.agentSocket);
  }
  const { connectServer } = await import('./connect.ts');
  return connectServer(world, settings, err);
}
