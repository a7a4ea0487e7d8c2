import type { ServerAddress } from './address.ts';

/** Where a thing of the model stands, and whether hafleet can be sure that HAProxy reads it. */
export interface Located {
  /** As given to `parseConfig`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** True inside a `.if` whose condition hafleet cannot evaluate: the thing may or may not be there. */
  readonly conditional: boolean;
}

/** What hafleet understands of a configuration. Plain data; what it does not understand is only in the tree. */
export interface ConfigModel {
  readonly global: GlobalModel;
  /** In file order. An anonymous one has the name ''. */
  readonly defaults: readonly DefaultsModel[];
  readonly proxies: readonly ProxyModel[];
  readonly peers: readonly PeersModel[];
  readonly resolvers: readonly NamedSection[];
  /** Files of maps, each once, in the order of first use, spelled as written. */
  readonly mapFiles: readonly FileReference[];
  /** Files of patterns (`-f`, `add-acl(…)`), likewise. */
  readonly aclFiles: readonly FileReference[];
}

export type CliLevel = 'user' | 'operator' | 'admin';

/** All `global` sections together, as HAProxy merges them. */
export interface GlobalModel {
  /** Of the first global section; 0 when there is none. */
  readonly line: number;
  readonly masterWorker: boolean;
  readonly nbthread?: number;
  readonly node?: string;
  /** The words of `description`, joined by one space, as `show info` answers it. */
  readonly description?: string;
  readonly statsSockets: readonly StatsSocket[];
  readonly statsTimeoutMs?: number;
  readonly serverStateBase?: string;
  readonly serverStateFile?: string;
  readonly hardStopAfterMs?: number;
  readonly localpeer?: string;
  readonly tuneBufsize?: number;
  /** The words of `default-path`, such as `['config']` or `['origin', '/etc/haproxy']`. */
  readonly defaultPath?: readonly string[];
}

export interface StatsSocket extends Located {
  readonly address: string;
  /** `operator` when the line does not say. */
  readonly level: CliLevel;
  readonly mode?: string;
  readonly user?: string;
  readonly group?: string;
  readonly exposeFdListeners: boolean;
  /** Before 2.7 only. */
  readonly process?: string;
}

export interface DefaultsModel extends Located {
  readonly name: string;
  /** The defaults section this one inherits from, where `from` says so. */
  readonly from?: string;
}

export interface NamedSection extends Located {
  readonly name: string;
}

export type ProxyKind = 'frontend' | 'backend' | 'listen';

export interface ProxyModel extends Located {
  readonly kind: ProxyKind;
  readonly name: string;
  /** The defaults section it inherits from: the one `from` names, else the last one before it, named or not. */
  readonly defaults?: DefaultsModel;
  /** `tcp` when nothing says so. */
  readonly mode: string;
  /** Of a frontend: empty. Else the words of `balance`, `['roundrobin']` when nothing says so. */
  readonly balance: readonly string[];
  /** The words of `hash-type`; empty is map-based. */
  readonly hashType: readonly string[];
  /** Options in effect, defaults included and `no option` taken off, in the order they were set. */
  readonly options: readonly string[];
  /** True when `httpchk` is the kind of check in effect. */
  readonly httpCheck: boolean;
  readonly loadServerStateFromFile: 'none' | 'global' | 'local';
  /** Not inherited; the proxy's name when not set. */
  readonly serverStateFileName?: string;
  /** 3 when nothing says so. */
  readonly retries: number;
  readonly disabled: boolean;
  /** The words of `cookie`; the first is its name. Empty when there is none. */
  readonly cookie: readonly string[];
  readonly binds: readonly BindModel[];
  readonly stickTable?: StickTableModel;
  readonly stickRules: readonly RuleModel[];
  readonly useBackends: readonly UseBackend[];
  /** Inherited. */
  readonly defaultBackend?: string;
  readonly servers: readonly ServerModel[];
}

export interface BindModel extends Located {
  readonly address: string;
  /** Everything behind the address. */
  readonly words: readonly string[];
}

/** A line kept as its words, the keyword included. */
export interface RuleModel extends Located {
  readonly words: readonly string[];
}

export interface StickTableModel extends RuleModel {
  readonly type?: string;
  readonly size?: string;
  readonly expireMs?: number;
  /** The peers section it is shared with. */
  readonly peers?: string;
  /** The types of data stored, such as `server_id` or `http_req_rate(10s)`. */
  readonly store: readonly string[];
}

export interface UseBackend extends Located {
  readonly backend: string;
  /** True when the name is computed for each request (`%[…]`). */
  readonly dynamic: boolean;
  /** From `if` or `unless` on. */
  readonly condition: readonly string[];
}

/** One server. A `server-template` line makes one for each of its slots. */
export interface ServerModel extends Located, ServerAddress {
  readonly name: string;
  readonly rawAddress: string;
  /** As written; HAProxy gives the others the lowest free number in file order. */
  readonly id?: number;
  /** HAProxy takes 1 when nothing says so. */
  readonly weight?: number;
  readonly backup: boolean;
  /** Starts in maintenance. */
  readonly disabled: boolean;
  readonly check: boolean;
  readonly agentCheck: boolean;
  /** 2000 when nothing says so. */
  readonly interMs: number;
  readonly fastInterMs?: number;
  readonly downInterMs?: number;
  /** 2 when nothing says so. */
  readonly rise: number;
  /** 3 when nothing says so. */
  readonly fall: number;
  readonly track?: string;
  readonly cookie?: string;
  /** Behind the address, as written. */
  readonly keywords: readonly string[];
  /**
   * The same after `default-server` lines, the inherited ones first: each keyword once, with what takes off an earlier
   * one (`no-check`, `enabled` …) gone, and without `id`. What `add server` must be told to make an equal server.
   */
  readonly effective: readonly string[];
  /** True when name, address or keywords hold an environment variable, which stays as written here. */
  readonly hasVariables: boolean;
  readonly template?: ServerTemplate;
}

export interface ServerTemplate {
  readonly prefix: string;
  readonly first: number;
  readonly last: number;
}

export interface PeersModel extends NamedSection {
  readonly peers: readonly PeerModel[];
  readonly tables: readonly PeersTable[];
}

export interface PeerModel extends Located {
  readonly name: string;
  /** Absent for a local `server NAME` whose address is that of the section's `bind`. */
  readonly address?: string;
}

export interface PeersTable extends Located {
  readonly name: string;
  readonly words: readonly string[];
}

export interface FileReference extends Located {
  readonly path: string;
}
