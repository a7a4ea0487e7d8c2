/** What the load generator is told, as JSON in its first argument. */
export interface LoadOptions {
  /** Connections are spread over them in turn. */
  readonly targets: readonly { readonly address: string; readonly port: number }[];
  /** Used in turn. Default `['/']`. */
  readonly paths?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Connections at a time. Default 16. */
  readonly connections?: number;
  /** One connection for many requests (default), or one for each. */
  readonly mode?: 'keep-alive' | 'close';
  /** Ends after this time; at most 10 minutes. Default 10 s. */
  readonly durationMs?: number;
  /** Ends after this many requests. */
  readonly count?: number;
  /** Requests per second over all connections; without it each connection sends as soon as it got its answer. */
  readonly rate?: number;
  /** An answer later than this is a failure. Default 5 s. */
  readonly timeoutMs?: number;
  /** Statuses that are no failure. Default `[200]`. */
  readonly expect?: readonly number[];
}

/** Counts so far or at the end. `sent` = `ok` + `failed` + those still on their way (none at the end). */
export interface LoadReport {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** Failures by reason: `status 503`, `connect ECONNREFUSED`, `closed before the answer`, `time-out` … */
  readonly reasons: Readonly<Record<string, number>>;
  /** Answers with an expected status by their `x-server` header, which the harness's applications send. */
  readonly servers: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latencyMs: Percentiles;
  readonly connectMs: Percentiles;
  /** Connections that were opened. */
  readonly connects: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
