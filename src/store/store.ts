/**
 * The store's interface: a subset of etcd v3 (KV, Watch, Lease), so that a driver for etcd maps it one to one.
 *
 * Keys are non-empty strings, values strings (the caller puts JSON in them); both are kept as UTF-8, so a lone
 * surrogate is refused. Keys are ordered by their UTF-8 bytes, which is the order of code points and not
 * JavaScript's order of code units.
 *
 * The whole store has one `revision`. Every transaction that changes something makes it one higher; one that
 * changes nothing leaves it alone. An empty store is at revision 0 (etcd: 1); compare revisions, do not count them.
 */
export interface Store {
  readonly limits: StoreLimits;

  /**
   * Reads one key or the keys under a prefix. Sees every transaction acknowledged before the call.
   * Throws `revision-compacted` or `revision-future` for an `atRevision` that cannot be answered.
   */
  range(request: RangeRequest): Promise<RangeResult>;

  /**
   * Compares, then runs `success` or `failure`: all of it or nothing, at one revision.
   * Resolves only when the change would survive a power cut. Rejected with `store-full`, nothing was applied;
   * rejected with `store-unavailable`, it may or may not have been: read before trying again.
   */
  txn(request: TxnRequest): Promise<TxnResult>;

  /**
   * Every change of a key or prefix, in order, without gap or double: one batch per revision that touched it, all
   * of that revision's matching events in one batch, by key.
   *
   * - `fromRevision` is the first revision delivered; one in the future is waited for. To miss nothing, read with
   *   `range` and pass its `revision + 1`. Left out, it starts after the revision that is current when the call
   *   reaches the store.
   * - Ends quietly when `signal` aborts or the loop is left; throws `store-closed` when the store is closed, and
   *   `revision-compacted` (facts: `compactRevision`) when the consumer asks for, or was too slow for, history that
   *   is gone: read again with `range` and go on from there.
   * - A slow consumer costs no memory: what it has not taken is read from the store's log when it comes for it.
   * - A request that no store could run is refused at once, by the call itself.
   * - A batch without events arrives only with `progress`: everything up to its revision has been delivered.
   */
  watch(request: WatchRequest): AsyncIterable<WatchBatch>;

  /**
   * Starts a lease. Keys put with it vanish, in one revision, when it expires or is revoked. The driver may grant
   * more than was asked (etcd: whole seconds). A restart of the store gives every lease its full time again.
   */
  grant(ttlMs: number): Promise<Lease>;

  /** Gives a lease its full time again. Throws `lease-not-found` once it expired, even if its keys still stand. */
  keepAlive(leaseId: string): Promise<void>;

  /** Ends a lease and deletes its keys. Throws `lease-not-found`. */
  revoke(leaseId: string): Promise<void>;

  /** Finishes what was called before, then refuses everything with `store-closed`. May be called twice. */
  close(): Promise<void>;
}

/** What one request may hold. The defaults are etcd's own, so that what works here works there. */
export interface StoreLimits {
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** Compares, `success` and `failure` are counted apart. */
  readonly txnOps: number;
  /** Keys and values of one transaction together. */
  readonly txnBytes: number;
}

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** The revision that created the key; a key deleted and put again gets a new one. */
  readonly createRevision: number;
  readonly modRevision: number;
  /** 1 when created, one more with every put. */
  readonly version: number;
  readonly lease?: string;
}

export interface RangeOptions {
  /** Entries at most; `more` tells that there were others. Bound it where a prefix may hold very many. */
  readonly limit?: number;
  /** Goes on behind this key (in the wanted order): the last key of the page before. */
  readonly after?: string;
  readonly order?: 'ascending' | 'descending';
}

export type RangeOp = { readonly key: string } | ({ readonly prefix: string } & RangeOptions);

/** `prefix: ''` is every key. `atRevision` reads the store as it stood then: pages of one moment. */
export type RangeRequest = RangeOp & { readonly atRevision?: number };

export interface RangeResult {
  /** The revision of the store now, also when `atRevision` was asked for. */
  readonly revision: number;
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

/**
 * A key that does not exist compares as createRevision, modRevision and version 0; compared by value it is always
 * false. Values compare by their bytes.
 */
export type Compare = { readonly key: string; readonly op: '=' | '!=' | '>' | '<' } & (
  | { readonly target: 'createRevision' | 'modRevision' | 'version'; readonly value: number }
  | { readonly target: 'value'; readonly value: string }
);

/**
 * The operations run in order; a range sees the ones before it. No key may be put twice in one branch, nor be put
 * and deleted (`invalid-request`), so every key changes at most once in a revision.
 */
export type Op =
  | { readonly type: 'put'; readonly key: string; readonly value: string; readonly lease?: string }
  | { readonly type: 'delete'; readonly key: string }
  | { readonly type: 'delete'; readonly prefix: string }
  | ({ readonly type: 'range' } & RangeOp);

export interface TxnRequest {
  /** All must hold for `success` to run; none given, they do. */
  readonly compare?: readonly Compare[];
  readonly success?: readonly Op[];
  readonly failure?: readonly Op[];
}

export type OpResponse =
  | { readonly type: 'put' }
  | { readonly type: 'delete'; readonly deleted: number }
  | ({ readonly type: 'range' } & Omit<RangeResult, 'revision'>);

export interface TxnResult {
  readonly succeeded: boolean;
  /** The store's revision after it: the one it made, if it changed something. */
  readonly revision: number;
  /** One for each operation of the branch that ran. */
  readonly responses: readonly OpResponse[];
}

export type WatchRequest = ({ readonly key: string } | { readonly prefix: string }) & {
  readonly fromRevision?: number;
  readonly signal?: AbortSignal;
  /** Also tell, with an empty batch, how far the store has been watched when nothing of ours changed. */
  readonly progress?: boolean;
};

export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

/** `previous` is the entry before the change; a driver may leave it out when it is compacted already. */
export type WatchEvent =
  | ({ readonly type: 'put'; readonly previous?: Entry } & Entry)
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly modRevision: number;
      readonly previous?: Entry;
    };

export interface Lease {
  readonly id: string;
  readonly ttlMs: number;
}
