/** The few SQLite calls we use. `node:sqlite` and `@photostructure/sqlite` both have exactly these. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  get(...values: SqliteValue[]): unknown;
  all(...values: SqliteValue[]): unknown[];
}

export type SqliteValue = null | number | string | Uint8Array;

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** How long a statement waits for another process's lock. */
  readonly timeout?: number;
}

export interface SqliteDriver {
  open(path: string, options: SqliteOptions): SqliteDatabase;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options: SqliteOptions) => SqliteDatabase;
}

/** Node's own SQLite where it is there and quiet, the packaged one elsewhere. */
export async function loadSqlite(nodeVersion = process.versions.node): Promise<SqliteDriver> {
  // A name in a variable, because the types and bundlers of Node 20 do not know `node:sqlite`.
  const name: string = hasQuietSqlite(nodeVersion) ? 'node:sqlite' : '@photostructure/sqlite';
  const { DatabaseSync } = (await import(/* @vite-ignore */ name)) as SqliteModule;
  return { open: (path, options) => new DatabaseSync(path, options) };
}

/** From 22.13 on it is there without a flag, but before 24.15 and 25.7 it prints an ExperimentalWarning. */
export function hasQuietSqlite(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  if (major === 24) return minor >= 15;
  if (major === 25) return minor >= 7;
  return major > 25;
}
