import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { replaceFileSync, sha256, type Clock } from '../../lib/index.ts';
import type { Store } from '../../store/index.ts';
import { createFleetKey, readFleetKey, type FleetKey } from './fleet-key.ts';
import { KEYS } from './keys.ts';
import { fleetRecord, type FleetRecord, type TokenRecord } from './records.ts';

export interface Identity {
  readonly fleet: FleetRecord;
  readonly key: FleetKey;
  /** Files of the first token and of the join token, 0600, written when the fleet was made. */
  readonly adminTokenFile: string;
  readonly joinTokenFile: string;
}

/** 256 random bits, with a prefix that tells a person, and a secret scanner, what it is. */
export function newSecret(kind: 'api' | 'join'): string {
  return `hafleet_${kind}_${randomBytes(32).toString('base64url')}`;
}

/**
 * The identity of the fleet in this store, made on the first start together with its key, one API token and the join
 * token. Files are written before their digests are stored: a crash in between leaves a file that opens nothing, never a
 * fleet that nobody can enter.
 */
export async function ensureIdentity(store: Store, dataFolder: string, clock: Clock): Promise<Identity> {
  const known = (await store.range({ key: KEYS.fleet })).entries[0];
  const fleet = known ? fleetRecord.parse(JSON.parse(known.value)) : newFleet(clock);
  const files = {
    adminTokenFile: join(dataFolder, 'admin.token'),
    joinTokenFile: join(dataFolder, 'join.token'),
  };
  if (known) return { fleet, key: readFleetKey(dataFolder, fleet.id), ...files };
  const key = createFleetKey(dataFolder, fleet.id);
  await storeFleet(store, fleet, files, clock);
  return { fleet, key, ...files };
}

function newFleet(clock: Clock): FleetRecord {
  return { id: `fleet-${randomBytes(6).toString('hex')}`, epoch: 1, createdAt: clock.wallMs() };
}

/** Writes a fleet that has no store yet, with fresh tokens. */
export async function storeFleet(
  store: Store,
  fleet: FleetRecord,
  files: Pick<Identity, 'adminTokenFile' | 'joinTokenFile'>,
  clock: Clock,
): Promise<void> {
  const [admin, joining] = [newSecret('api'), newSecret('join')];
  replaceFileSync(files.adminTokenFile, `${admin}\n`);
  replaceFileSync(files.joinTokenFile, `${joining}\n`);
  const put = (key: string, value: unknown) => ({ type: 'put', key, value: JSON.stringify(value) }) as const;
  const { succeeded } = await store.txn({
    compare: [{ key: KEYS.fleet, target: 'createRevision', op: '=', value: 0 }],
    success: [
      put(KEYS.fleet, fleet),
      put(KEYS.token(sha256(admin)), firstToken(clock.wallMs())),
      put(KEYS.joinToken, { digest: sha256(joining) }),
    ],
  });
  if (!succeeded) throw new Error('another server made this fleet at the same moment; start again');
}

/** The token that a fleet is made with: may everything, everywhere, for ever; make narrower ones and revoke it. */
function firstToken(createdAt: number): TokenRecord {
  const scope = { backends: ['*'], nodes: ['*'], sites: ['*'] };
  return { name: 'admin', role: 'admin', scope, createdAt, createdBy: 'the first start' };
}
