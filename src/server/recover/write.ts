import { join } from 'node:path';
import type { EpochRecord } from '../../api/index.ts';
import type { Clock } from '../../lib/index.ts';
import type { Op, Store } from '../../store/index.ts';
import { storeFleet } from '../store/identity.ts';
import type { FleetKey } from '../store/fleet-key.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';
import {
  changeNumber,
  fleetRecord,
  type ChangeRecord,
  type IntentRecord,
  type NodeRecord,
} from '../store/records.ts';
import type { HeldByNode } from './rebuild.ts';

export interface RecoveredParts {
  readonly store: Store;
  readonly key: FleetKey;
  readonly clock: Clock;
  readonly dataFolder: string;
  readonly heard: readonly HeldByNode[];
  readonly records: readonly NodeRecord[];
  readonly intents: readonly IntentRecord[];
  readonly newEpoch: number;
  readonly lastChange: number;
}

export interface Recovered {
  readonly epoch: number;
  readonly intents: number;
  readonly nodes: number;
  /** There was no store: first tokens were made anew, into these files. */
  readonly newTokenFiles: readonly string[];
}

/** The store takes 128 operations at a time. */
const CHUNK = 100;

/**
 * Writes the fleet as it was found. The epoch and its proof come last, in one transaction: until then agents take nothing
 * from this store, so one that was half written is simply recovered again.
 */
export async function writeRecovered(parts: RecoveredParts): Promise<Recovered> {
  const { store, key, clock, heard, newEpoch } = parts;
  const newTokenFiles = await ensureFleet(parts);
  await inChunks(store, await contentOps(parts));
  const entry = (await store.range({ key: KEYS.fleet })).entries[0];
  const fleet = fleetRecord.parse(JSON.parse(entry?.value ?? 'null'));
  const record: EpochRecord = {
    kind: 'recover',
    fleetId: fleet.id,
    epoch: newEpoch,
    at: clock.wallMs(),
    nodes: Object.fromEntries(heard.flatMap(({ name, position }) => (position ? [[name, position]] : []))),
  };
  await store.txn({
    success: [put(KEYS.fleet, { ...fleet, epoch: newEpoch }), put(KEYS.epochProof, key.sign(record))],
  });
  return { epoch: newEpoch, intents: parts.intents.length, nodes: parts.records.length, newTokenFiles };
}

async function ensureFleet({ store, key, clock, dataFolder, newEpoch }: RecoveredParts): Promise<string[]> {
  if ((await store.range({ key: KEYS.fleet })).entries.length > 0) return [];
  const files = {
    adminTokenFile: join(dataFolder, 'admin.token'),
    joinTokenFile: join(dataFolder, 'join.token'),
  };
  await storeFleet(store, { id: key.fleetId, epoch: newEpoch - 1, createdAt: clock.wallMs() }, files, clock);
  return Object.values(files);
}

async function contentOps({
  store,
  heard,
  records,
  intents,
  lastChange,
  newEpoch,
}: RecoveredParts): Promise<Op[]> {
  const stored = await store.range({ prefix: PREFIXES.intents });
  const wanted = new Set(intents.map(({ id }) => KEYS.intent(id)));
  const counter = Number((await store.range({ key: KEYS.changeCounter })).entries[0]?.value ?? 0);
  const lost = await lostChanges(store, intents);
  return [
    ...stored.entries.filter(({ key }) => !wanted.has(key)).map(({ key }): Op => ({ type: 'delete', key })),
    ...intents.map((intent) => put(KEYS.intent(intent.id), intent)),
    ...records.map((record) => put(KEYS.node(record.name), record)),
    ...heard.flatMap(({ name, position }) =>
      position ? [put(KEYS.beginning(name), { ...position, epoch: newEpoch, revision: 0 })] : [],
    ),
    ...lost.map((record) => put(KEYS.change(record.number), record)),
    { type: 'put', key: KEYS.changeCounter, value: String(Math.max(counter, lastChange)) },
  ];
}

/** Records for changes that only their intents tell of any more, so that they can be shown and undone. */
async function lostChanges(store: Store, intents: readonly IntentRecord[]): Promise<ChangeRecord[]> {
  const records: ChangeRecord[] = [];
  for (const [change, own] of groupByChange(intents)) {
    const number = changeNumber(change);
    const known =
      number === undefined ? undefined : (await store.range({ key: KEYS.change(number) })).entries[0];
    if (number !== undefined && !known) records.push(recordFrom(number, own));
  }
  return records;
}

function groupByChange(intents: readonly IntentRecord[]): Map<string, IntentRecord[]> {
  const groups = new Map<string, IntentRecord[]>();
  for (const intent of intents) groups.set(intent.change, [...(groups.get(intent.change) ?? []), intent]);
  return groups;
}

function recordFrom(number: number, own: readonly IntentRecord[]): ChangeRecord {
  const [first] = own;
  if (!first) throw new Error('a change has at least one intent');
  const { want, on, exclude, instance, who, why, ticket, from, until } = first;
  const kind =
    want.aspect === 'weight'
      ? 'weight'
      : ({ maint: 'disable', drain: 'drain', ready: 'enable' } as const)[want.state];
  const servers = own.map(({ backend, server }) => ({ backend, server }));
  return {
    number,
    kind,
    state: 'running',
    targets: servers.map(({ backend, server }) => `${backend}/${server}`),
    servers,
    on,
    who,
    why,
    at: from,
    overridden: [],
    message: 'regained from the agents',
    removed: [],
    results: [],
    ...(exclude === undefined ? {} : { exclude }),
    ...(instance === '*' ? {} : { instance }),
    ...(want.aspect === 'weight' ? { weight: want.weight } : {}),
    ...(ticket === undefined ? {} : { ticket }),
    ...(until === undefined ? {} : { until }),
  };
}

async function inChunks(store: Store, ops: readonly Op[]): Promise<void> {
  for (let at = 0; at < ops.length; at += CHUNK) await store.txn({ success: ops.slice(at, at + CHUNK) });
}

function put(key: string, value: unknown): Op {
  return { type: 'put', key, value: JSON.stringify(value) };
}
