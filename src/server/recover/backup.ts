import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HafleetError } from '../../lib/index.ts';
import { openEmbeddedStore, type Store } from '../../store/index.ts';
import { STORE_FILE } from '../listen.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';
import { fleetRecord } from '../store/records.ts';

/** What a store holds, in numbers. Nothing in it is secret: tokens and credentials are kept as digests. */
export interface BackupInfo {
  readonly fleetId: string;
  readonly epoch: number;
  readonly revision: number;
  readonly intents: number;
  readonly nodes: number;
  readonly tokens: number;
  readonly changes: number;
}

/** Copies the store to a new file, also while a server runs on it. The fleet's key is not in it: keep a copy of that apart. */
export async function backupStore(dataFolder: string, file: string): Promise<BackupInfo> {
  if (existsSync(file))
    throw new HafleetError('file-exists', `${file} is there already`, { hint: 'choose another name' });
  const store = await openEmbeddedStore({ path: join(dataFolder, STORE_FILE), readOnly: true });
  try {
    await store.backup(file);
  } finally {
    await store.close();
  }
  return readBackup(file);
}

export interface RestoreResult {
  readonly backup: BackupInfo;
  /** The store that is there now; undefined when there is none or it cannot be read. */
  readonly present: BackupInfo | undefined;
  /** Where the present store was moved. */
  readonly movedTo: string | undefined;
}

/**
 * Puts a backup in the place of the store, which is kept beside it; with `dryRun` only says what would be. Takes the store's
 * lock: refused while a server runs. Agents that know more than the backup take nothing from it until the fleet is recovered.
 */
export async function restoreStore(
  dataFolder: string,
  file: string,
  { dryRun, nowWallMs }: { readonly dryRun: boolean; readonly nowWallMs: number },
): Promise<RestoreResult> {
  const backup = await readBackup(file);
  const path = join(dataFolder, STORE_FILE);
  const present = existsSync(path) ? await readPresent(path) : undefined;
  if (dryRun) return { backup, present, movedTo: undefined };
  const movedTo = existsSync(path)
    ? `${path}.before-${new Date(nowWallMs).toISOString().replace(/[:.]/g, '-')}`
    : undefined;
  if (movedTo !== undefined) renameSync(path, movedTo);
  // A log left by the old file would be played into the new one.
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  copyFileSync(file, `${path}.new`);
  renameSync(`${path}.new`, path);
  return { backup, present, movedTo };
}

async function readBackup(file: string): Promise<BackupInfo> {
  const store = await openEmbeddedStore({ path: file, readOnly: true });
  try {
    return await infoOf(store);
  } finally {
    await store.close();
  }
}

/** Opens it for writing, so that the lock tells whether a server runs; a damaged store is no reason not to replace it. */
async function readPresent(path: string): Promise<BackupInfo | undefined> {
  const store = await openEmbeddedStore({ path }).catch((thrown: unknown) => {
    if (thrown instanceof HafleetError && thrown.code === 'store-corrupt') return undefined;
    throw thrown;
  });
  if (!store) return undefined;
  try {
    return await infoOf(store);
  } finally {
    await store.close();
  }
}

async function infoOf(store: Store): Promise<BackupInfo> {
  const entry = (await store.range({ key: KEYS.fleet })).entries[0];
  if (!entry)
    throw new HafleetError('not-a-backup', 'this is the store of no fleet', {
      hint: 'name a file that `hafleet store backup` wrote',
    });
  const { id, epoch } = fleetRecord.parse(JSON.parse(entry.value));
  const count = async (prefix: string) => (await store.range({ prefix })).entries.length;
  const { revision } = await store.range({ key: KEYS.fleet });
  return {
    fleetId: id,
    epoch,
    revision,
    intents: await count(PREFIXES.intents),
    nodes: await count(PREFIXES.nodes),
    tokens: await count(PREFIXES.tokens),
    changes: await count(PREFIXES.changes),
  };
}
