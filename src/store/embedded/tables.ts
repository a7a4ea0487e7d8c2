import { continueRange, keyRange, type Selector } from '../key-range.ts';
import type { RangeOp } from '../store.ts';
import type { ChangeRow, EntryRow } from './rows.ts';
import type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite-driver.ts';

/** All SQL on `entry` and `change`. Knows rows and ranges, nothing of transactions or revisions to come. */
export interface Tables {
  get(key: Uint8Array): EntryRow | undefined;
  /** The entries as they stand, or stood at a revision that is not compacted; one more than `limit`, to tell `more`. */
  range(op: RangeOp, atRevision?: number): EntryRow[];
  keysIn(from: Uint8Array, to: Uint8Array): Uint8Array[];
  keysOf(lease: number): Uint8Array[];
  put(row: EntryRow): void;
  remove(key: Uint8Array): void;
  appendChange(change: NewChange): void;
  /** By revision, then key; at most `limit` rows, so the last revision may be cut. */
  changes(selector: Selector, from: number, limit: number): ChangeRow[];
  changesOf(selector: Selector, revision: number): ChangeRow[];
  head(): Head;
  /** The revision of the first change behind this many bytes, so everything older may go to free them. */
  firstRevisionBehind(total: number): number | undefined;
  forget(upToRevision: number): void;
}

export interface NewChange {
  readonly revision: number;
  readonly key: Uint8Array;
  readonly total: number;
  readonly now: EntryRow | undefined;
  readonly was: EntryRow | undefined;
}

/** The ends of the history. */
export interface Head {
  readonly revision: number;
  readonly compactRevision: number;
  readonly total: number;
  readonly oldestTotal: number;
}

const ENTRY = 'key, create_revision, mod_revision, version, lease, value';

/** What stands since before the revision, and what each key changed after it had been, told by its first change. */
const HISTORY = `
SELECT ${ENTRY} FROM entry WHERE key >= ?1 AND key < ?2 AND mod_revision <= ?3
UNION ALL
SELECT key, was_create_revision, was_mod_revision, was_version, was_lease, was_value
FROM (SELECT *, min(revision) FROM change WHERE revision > ?3 AND key >= ?1 AND key < ?2 GROUP BY key)
WHERE was_value IS NOT NULL`;

const CHANGE =
  'revision, key, total, create_revision, version, lease, value, ' +
  'was_create_revision, was_mod_revision, was_version, was_lease, was_value';

export function createTables(db: SqliteDatabase): Tables {
  const statements = new Map<string, SqliteStatement>();
  const prepared = (sql: string): SqliteStatement => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  /** What each query selects is told by its caller. */
  const all = <Row>(sql: string, ...values: SqliteValue[]): Row[] => prepared(sql).all(...values) as Row[];

  return {
    get: (key) => all<EntryRow>(`SELECT ${ENTRY} FROM entry WHERE key = ?`, key)[0],

    range(op, atRevision) {
      const { from, to, order, limit } = bounds(op);
      if (atRevision !== undefined)
        return all<EntryRow>(`${HISTORY} ORDER BY key ${order} LIMIT ?4`, from, to, atRevision, limit);
      const sql = `SELECT ${ENTRY} FROM entry WHERE key >= ? AND key < ? ORDER BY key ${order} LIMIT ?`;
      return all<EntryRow>(sql, from, to, limit);
    },

    keysIn: (from, to) =>
      all<KeyRow>('SELECT key FROM entry WHERE key >= ? AND key < ? ORDER BY key', from, to).map(keyOf),

    keysOf: (lease) => all<KeyRow>('SELECT key FROM entry WHERE lease = ? ORDER BY key', lease).map(keyOf),

    put({ key, create_revision, mod_revision, version, lease, value }) {
      const sql = `INSERT OR REPLACE INTO entry (${ENTRY}) VALUES (?, ?, ?, ?, ?, ?)`;
      prepared(sql).run(key, create_revision, mod_revision, version, lease, value);
    },

    remove(key) {
      prepared('DELETE FROM entry WHERE key = ?').run(key);
    },

    appendChange(change) {
      const sql = `INSERT INTO change (${CHANGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
      prepared(sql).run(...changeValues(change));
    },

    changes(selector, from, limit) {
      const range = keyRange(selector);
      const sql =
        'SELECT * FROM change WHERE revision >= ? AND key >= ? AND key < ? ORDER BY revision, key LIMIT ?';
      return all<ChangeRow>(sql, from, range.from, range.to, limit);
    },

    changesOf(selector, revision) {
      const range = keyRange(selector);
      const sql = 'SELECT * FROM change WHERE revision = ? AND key >= ? AND key < ? ORDER BY key';
      return all<ChangeRow>(sql, revision, range.from, range.to);
    },

    head() {
      const ends = 'SELECT revision, total FROM change ORDER BY revision';
      const [last] = all<EndRow>(`${ends} DESC, key DESC LIMIT 1`);
      const [first] = all<EndRow>(`${ends}, key LIMIT 1`);
      return {
        revision: last?.revision ?? 0,
        compactRevision: first ? first.revision - 1 : 0,
        total: last?.total ?? 0,
        oldestTotal: first?.total ?? 0,
      };
    },

    firstRevisionBehind(total) {
      const sql = 'SELECT revision FROM change WHERE total > ? ORDER BY revision LIMIT 1';
      return all<{ revision: number }>(sql, total)[0]?.revision;
    },

    forget(upToRevision) {
      prepared('DELETE FROM change WHERE revision <= ?').run(upToRevision);
    },
  };
}

interface EndRow {
  readonly revision: number;
  readonly total: number;
}

interface KeyRow {
  readonly key: Uint8Array;
}

function keyOf(row: KeyRow): Uint8Array {
  return row.key;
}

/** SQLite takes a negative LIMIT for none. */
const NO_LIMIT = -1;

function bounds(op: RangeOp): { from: Uint8Array; to: Uint8Array; order: 'ASC' | 'DESC'; limit: number } {
  const range = keyRange(op);
  if ('key' in op) return { ...range, order: 'ASC', limit: NO_LIMIT };
  const descending = op.order === 'descending';
  const rest = op.after === undefined ? range : continueRange(range, { after: op.after, descending });
  return {
    ...rest,
    order: descending ? 'DESC' : 'ASC',
    limit: op.limit === undefined ? NO_LIMIT : op.limit + 1,
  };
}

function changeValues({ revision, key, total, now, was }: NewChange): SqliteValue[] {
  const columns = [
    now?.create_revision,
    now?.version,
    now?.lease,
    now?.value,
    was?.create_revision,
    was?.mod_revision,
    was?.version,
    was?.lease,
    was?.value,
  ];
  return [revision, key, total, ...columns.map((value) => value ?? null)];
}
