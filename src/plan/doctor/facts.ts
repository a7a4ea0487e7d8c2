import type { ConfigModel, ConfigTree } from '../../haproxy/cfg/index.ts';

/** Everything the doctor judges, read on one machine at one moment. What could not be read is absent, never guessed. */
export interface MachineFacts {
  /** Who asked, and so who may do what the facts say. */
  readonly user: { readonly name: string; readonly uid: number };
  /** Absent where no agent asks. */
  readonly agent?: AgentFacts;
  readonly instances: readonly InstanceFacts[];
}

export interface AgentFacts {
  readonly readOnly: boolean;
  readonly allow: readonly string[];
  readonly backends: readonly string[];
  readonly dataFolder: FileFacts;
  /** Absent where server and agent are one program. */
  readonly localFile?: FileFacts;
}

export interface FileFacts {
  readonly path: string;
  /** The permission bits; absent where there is no such file or it may not be looked at. */
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
}

export interface InstanceFacts {
  readonly name: string;
  readonly socket: SocketFacts;
  /** What `show info` and `help` say; absent where HAProxy did not answer. */
  readonly worker?: WorkerFacts;
  /** `show cli sockets`, without those between master and worker. */
  readonly cliSockets: readonly { readonly address: string; readonly level: CliLevel }[];
  /** The files of the unix sockets in haproxy.cfg, by their address there. */
  readonly socketFiles: ReadonlyMap<string, FileFacts>;
  /** How it was started; absent where its process cannot be seen from here. */
  readonly commandLine?: { readonly masterWorker: boolean; readonly systemd: boolean };
  readonly master: MasterFacts;
  readonly oldWorkers: readonly OldWorker[];
  readonly config: ConfigFacts | { readonly unreadable: string; readonly isDenied: boolean };
  /** Out of `show servers state`. */
  readonly servers: readonly ServerFacts[];
  readonly stateFile: StateFileFacts;
}

export type CliLevel = 'user' | 'operator' | 'admin';
export type SocketResult = 'ok' | 'denied' | 'missing' | 'silent';

export interface SocketFacts {
  readonly address: string;
  readonly result: SocketResult;
  readonly level?: CliLevel;
  readonly file?: FileFacts;
}

export interface WorkerFacts {
  readonly version: string;
  readonly pid: number;
  /** Wall time of its start, in ms. */
  readonly startedAtMs: number;
  /** Names of the harm this build is known to do. */
  readonly knownBad: readonly string[];
  readonly processes: number;
}

export interface MasterFacts {
  readonly address?: string;
  /** `none`: nobody named a master socket. */
  readonly result: SocketResult | 'none';
  readonly file?: FileFacts;
  /** Reloads that failed since the last good one. */
  readonly failedReloads?: number;
}

export interface OldWorker {
  readonly pid: number;
  readonly uptimeSeconds?: number;
  readonly memoryBytes?: number;
}

export interface ConfigFacts {
  /** In the order HAProxy loads them. */
  readonly trees: readonly ConfigTree[];
  readonly model: ConfigModel;
  /** The newest of the files, in ms. */
  readonly modifiedAtMs: number;
}

/** A server that HAProxy has, whatever its file says. */
export interface ServerFacts {
  readonly backend: string;
  readonly server: string;
  readonly adminFlags: number;
}

export interface StateFileFacts {
  /** `server-state-file` of haproxy.cfg, absolute. */
  readonly loaded?: string;
  /** Backends with servers that do not load it. */
  readonly without: readonly string[];
  /** What the agent keeps. */
  readonly kept?: string;
  /** Whether the agent's user may replace it; absent where there is nobody who would. */
  readonly canReplace?: boolean;
}
