import { StoreError } from '../errors.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';

/** "hafl" as a number: tells our files from those of other programs. */
const APPLICATION_ID = 0x6861666c;
const SCHEMA_VERSION = 1;

/**
 * `entry` is the current state, `change` the history: one row for each key changed by a revision, with what it was
 * before, so that a change needs no older row to be told whole and compaction is one DELETE.
 * `change` is never empty once written to: its highest revision is the store's, one below its lowest is how far it
 * is compacted. `total` counts bytes written so far; the difference of two is the size of the history between them.
 * Keys and values are BLOBs, because SQLite's text functions and one of the drivers end text at a NUL.
 */
const SCHEMA = `
CREATE TABLE entry (
  key BLOB PRIMARY KEY,
  create_revision INTEGER NOT NULL, mod_revision INTEGER NOT NULL, version INTEGER NOT NULL,
  lease INTEGER, value BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX entry_lease ON entry (lease) WHERE lease IS NOT NULL;
CREATE TABLE change (
  revision INTEGER NOT NULL, key BLOB NOT NULL, total INTEGER NOT NULL,
  create_revision INTEGER, version INTEGER, lease INTEGER, value BLOB,
  was_create_revision INTEGER, was_mod_revision INTEGER, was_version INTEGER, was_lease INTEGER, was_value BLOB,
  PRIMARY KEY (revision, key)
) WITHOUT ROWID;
CREATE TABLE lease (id INTEGER PRIMARY KEY AUTOINCREMENT, ttl_ms INTEGER NOT NULL);
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Creates the tables in a new file; refuses a file that is not ours with `store-incompatible`. */
export function prepareSchema(db: SqliteDatabase): void {
  if (readPragma(db, 'application_id') === 0 && isEmpty(db)) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  checkSchema(db);
}

export function checkSchema(db: SqliteDatabase): void {
  if (readPragma(db, 'application_id') !== APPLICATION_ID)
    throw new StoreError('store-incompatible', 'the file belongs to another program', {
      hint: 'Give the store a path of its own.',
    });
  const version = readPragma(db, 'user_version');
  if (version !== SCHEMA_VERSION)
    throw new StoreError(
      'store-incompatible',
      `the file has format ${version}, this release reads ${SCHEMA_VERSION}`,
      {
        hint: 'Start the release that wrote it, or restore a backup made by this one.',
        facts: { version },
      },
    );
}

function readPragma(db: SqliteDatabase, name: 'application_id' | 'user_version'): number {
  const row = db.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}

function isEmpty(db: SqliteDatabase): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}
