import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HafleetError } from '../src/lib/index.ts';
import type { Sandbox } from './sandbox.ts';
import { askSocket } from './socket-ask.ts';
import { supervise } from './supervise.ts';
import { type HaproxyVersion, haproxyBinary } from './versions.ts';
import { waitUntil } from './wait.ts';

/** Where one instance keeps its things. */
export interface HaproxyPaths {
  readonly folder: string;
  readonly configFile: string;
  readonly statsSocket: string;
  readonly masterSocket: string;
  /** What `server-state-file` names in configurations that ask for it. Not made by the harness. */
  readonly stateFile: string;
  readonly logFile: string;
}

export interface HaproxyOptions {
  readonly sandbox: Sandbox;
  readonly name: string;
  readonly version: HaproxyVersion;
  /** haproxy.cfg, whole; begin it with `globalSection(paths)` to get the stats socket. */
  readonly config: (paths: HaproxyPaths) => string;
  /** Default: `<sandbox>/<name>`. */
  readonly folder?: string;
  /** Its own name in `peers` sections (`-L`). Default: the host's name. */
  readonly localPeer?: string;
  /** Runs before every start of the process, restarts after a crash included. */
  readonly prepare?: (paths: HaproxyPaths) => Promise<void>;
}

export interface ReloadResult {
  readonly ok: boolean;
  /** What the master wrote to its log about this reload. */
  readonly log: string;
}

/** One real HAProxy in master-worker mode, started and restarted as its systemd unit does. */
export interface Haproxy {
  readonly name: string;
  readonly version: HaproxyVersion;
  readonly paths: HaproxyPaths;
  readonly masterPid: number;
  /** Times it came back by itself after a crash. */
  readonly restarts: number;
  /** The pid of the worker that answers on the stats socket. */
  workerPid(): Promise<number>;
  /** One command on a new connection to the stats socket. */
  ask(command: string): Promise<string>;
  askMaster(command: string): Promise<string>;
  /** Writes haproxy.cfg; it counts from the next reload or start. */
  writeConfig(text: string): void;
  /** Resolves when the new worker answers, or when the master says that it failed. */
  reload(via?: 'signal' | 'master'): Promise<ReloadResult>;
  /** To the worker: also its master ends then, and the supervisor starts both again. */
  killWorker(signal?: NodeJS.Signals): Promise<void>;
  killMaster(signal?: NodeJS.Signals): void;
  /** Stops every process of the instance without ending one. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Resolves when the stats socket answers. */
  waitReady(): Promise<void>;
}

/** @throws HafleetError `path-too-long` */
export function pathsIn(folder: string): HaproxyPaths {
  const paths = {
    folder,
    configFile: join(folder, 'haproxy.cfg'),
    statsSocket: join(folder, 'admin.sock'),
    masterSocket: join(folder, 'master.sock'),
    stateFile: join(folder, 'server-state'),
    logFile: join(folder, 'haproxy.log'),
  };
  // sun_path holds 108 bytes, and HAProxy binds to a longer temporary name first.
  if (paths.masterSocket.length < 90) return paths;
  throw new HafleetError('path-too-long', `${folder}: too long a folder for a socket.`);
}

export interface GlobalOptions {
  /** Adds `server-state-file`; the defaults then need `load-server-state-from-file global`. */
  readonly stateFile?: boolean;
  /** Default 1. */
  readonly threads?: number;
  /** More lines for the section. */
  readonly extra?: readonly string[];
}

/** The `global` section with this instance's admin socket. */
export function globalSection(
  paths: HaproxyPaths,
  { stateFile = false, threads = 1, extra = [] }: GlobalOptions = {},
): string {
  const lines = [
    `stats socket ${paths.statsSocket} mode 600 level admin expose-fd listeners`,
    // Two cores for a whole fleet: a thread per core in every instance only makes them wait for each other.
    `nbthread ${threads}`,
    ...(stateFile ? [`server-state-file ${paths.stateFile}`] : []),
    ...extra,
  ];
  return `global\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
}

function localPeer({ localPeer: name }: HaproxyOptions): string[] {
  return name === undefined ? [] : ['-L', name];
}

async function pidOf(statsSocket: string): Promise<number> {
  const match = /^Pid: (\d+)$/m.exec(await askSocket(statsSocket, 'show info'));
  if (!match) throw new HafleetError('no-answer', `${statsSocket} did not tell its Pid.`);
  return Number(match[1]);
}

const LOADED = /Loading success\./;
/**
 * The first up to 3.0. From 3.2 the master stays in place and only loses the new worker, or, where the lines cannot even be split into
 * words, reads no further itself.
 */
const NOT_LOADED = /Loading failure!|Failed to load worker|Master failed to parse new configuration/;

/** @throws HafleetError `start-failed` with the log's end, `haproxy-missing` */
export async function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  const { sandbox, name, version, prepare } = options;
  const paths = pathsIn(options.folder ?? join(sandbox.folder, name));
  mkdirSync(paths.folder, { recursive: true });
  const writeConfig = (text: string) => writeFileSync(paths.configFile, text);
  writeConfig(options.config(paths));

  // Up to 3.0 the master executes itself again after it forked a worker, and after a failed reload. Meanwhile its socket
  // refuses and a SIGUSR2 is lost (seen on 2.6.12 and 3.0.11), so both have to answer before anybody goes on.
  const isReady = async () => {
    const pid = await pidOf(paths.statsSocket);
    return (await askSocket(paths.masterSocket, 'show proc')).includes(`${pid}`);
  };
  const process = await supervise({
    sandbox,
    name,
    command: haproxyBinary(version),
    args: ['-W', '-S', paths.masterSocket, ...localPeer(options), '-f', paths.configFile],
    cwd: paths.folder,
    logFile: paths.logFile,
    isReady,
    ...(prepare && { prepare: () => prepare(paths) }),
  });
  const readLog = () => readFileSync(paths.logFile, 'utf8');
  const askMaster = (command: string) => askSocket(paths.masterSocket, command, 15_000);

  async function reload(via: 'signal' | 'master' = 'signal'): Promise<ReloadResult> {
    const oldPid = await pidOf(paths.statsSocket);
    const before = readLog().length;
    if (via === 'signal') process.kill('SIGUSR2');
    else await askMaster('reload');
    const result = await waitUntil(
      async () => {
        const log = readLog().slice(before);
        if (NOT_LOADED.test(log)) return { ok: false, log };
        const isNew = LOADED.test(log) && (await pidOf(paths.statsSocket)) !== oldPid;
        return isNew && { ok: true, log };
      },
      { for: `${name}: reload`, timeoutMs: 15_000 },
    );
    await process.waitReady();
    return result;
  }

  return {
    name,
    version,
    paths,
    get masterPid() {
      return process.pid;
    },
    get restarts() {
      return process.restarts;
    },
    workerPid: () => pidOf(paths.statsSocket),
    ask: (command) => askSocket(paths.statsSocket, command),
    askMaster,
    writeConfig,
    reload,
    killWorker: async (signal = 'SIGKILL') => {
      globalThis.process.kill(await pidOf(paths.statsSocket), signal);
    },
    killMaster: (signal = 'SIGKILL') => process.kill(signal),
    freeze: () => process.freeze(),
    thaw: () => process.thaw(),
    stop: () => process.stop(),
    start: () => process.start(),
    waitReady: () => process.waitReady(),
  };
}
