/** What an operator can set with `set server … state`. */
export type AdminState = 'ready' | 'drain' | 'maint';
export type Aspect = 'state' | 'weight';

/** One server of one instance: the columns of `show servers state` that decide. The runtime client's `ServerStateRow` is one. */
export interface ServerRow {
  readonly backendId: number;
  readonly backend: string;
  readonly serverId: number;
  readonly server: string;
  readonly address: string | null;
  readonly port: number;
  /** 0 stopped, 1 starting, 2 running, 3 stopping. */
  readonly operationalState: number;
  readonly adminFlags: number;
  readonly userWeight: number;
  readonly initialWeight: number;
  readonly secondsSinceChange: number;
  readonly checkState: number;
  readonly agentState: number;
  readonly useSsl: boolean;
  readonly fqdn: string | null;
  readonly srvRecord: string | null;
}

/** The part of an operator's intent that decides what happens on an instance. The API's `WireIntent` is one. */
export interface ServerIntent {
  readonly id: string;
  /** Where two intents mean the same server and aspect, the higher order wins. */
  readonly order: number;
  /** Of its last step. A new revision is applied again, also over drift. */
  readonly revision: number;
  readonly instance: string;
  readonly backend: string;
  readonly server: string;
  readonly want:
    | { readonly aspect: 'state'; readonly state: AdminState }
    | { readonly aspect: 'weight'; readonly weight: number | null };
  readonly phase: 'holding' | 'gating' | 'entering' | 'returning';
}

/** Who wrote a server's aspect last, as far as this agent knows. Kept on disk. */
export interface AspectMemory {
  readonly intent: string;
  readonly revision: number;
  readonly worker: string;
  /** It had been read back as wanted on that worker: what differs later was done by hand. */
  readonly done: boolean;
  /** Where a server stood before the gate; it goes back there when the gate fails. */
  readonly gateFrom?: AdminState;
}

export interface MemoryChange {
  readonly key: string;
  /** null: nobody wants anything of it any more. */
  readonly to: AspectMemory | null;
}

/** The last failed try at an operation. It counts only for the same intent, revision and worker. */
export interface Failure {
  readonly intent: string;
  readonly revision: number;
  readonly worker: string;
  readonly code: string;
  readonly message: string;
  /** The back-off is not over: no new try now. */
  readonly waiting: boolean;
}

/** What the agent's local file allows. No server can widen it. */
export interface Limits {
  readonly allow: readonly string[];
  /** Globs of backend names. */
  readonly backends: readonly string[];
  readonly readOnly: boolean;
}

/** What haproxy.cfg says of one server, `default-server` included. */
export interface ServerConfig {
  /** An IP literal; null for a host name. */
  readonly address: string | null;
  /** null where the line gives none, or maps it (`+1`). */
  readonly port: number | null;
  readonly hostname: string | null;
  readonly disabled: boolean;
  readonly ssl: boolean;
}

/** By `serverKey`. A server that was added at run time is not in it. */
export type InstanceConfig = ReadonlyMap<string, ServerConfig>;

export function serverKey(backend: string, server: string): string {
  return `${backend}/${server}`;
}

export function aspectKey(backend: string, server: string, aspect: string): string {
  return `${backend}/${server}/${aspect}`;
}

/** A worker is the pair (pid, start time): a pid alone comes back. */
export function workerKey(pid: number, startedAt: number): string {
  return `${pid}@${startedAt}`;
}
