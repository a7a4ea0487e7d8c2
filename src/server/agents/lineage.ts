import type { FleetPosition } from '../../api/index.ts';
import { fleetPosition } from '../../api/index.ts';
import { isHafleetError } from '../../lib/index.ts';
import type { Store } from '../../store/index.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';
import { intentRecord, nodeRecord, type FleetRecord } from '../store/records.ts';
import { desiredMessage, intentsByNode } from './desired.ts';

/**
 * How what an agent holds relates to this store.
 * - `known`: this store once wanted exactly that of it; what is wanted now may follow
 * - `behind`: the agent knows of things this store never saw: it is an old backup, a clone, or a leader that was cut off
 * - `unadopted`: the fleet began anew without this node; it waits for `node adopt`
 * - `foreign`: it belongs to another fleet
 */
export type Standing = 'known' | 'behind' | 'unadopted' | 'foreign';

export interface LineageParts {
  readonly store: Store;
  readonly fleet: FleetRecord;
}

/** A number alone proves nothing, since a clone counts up as well: the digest of that very revision is made again. */
export async function judgeHolds(
  { store, fleet }: LineageParts,
  node: string,
  holds: FleetPosition | null,
): Promise<Standing> {
  if (holds === null) return 'known';
  if (holds.fleetId !== fleet.id) return 'foreign';
  if (holds.epoch > fleet.epoch) return 'behind';
  if (holds.epoch < fleet.epoch) return 'unadopted';
  if (holds.revision === 0) return (await beginsWith(store, node, holds)) ? 'known' : 'behind';
  const digest = await digestAt(store, fleet, node, holds.revision).catch((thrown: unknown) => {
    if (hasCode(thrown, 'revision-future')) return undefined;
    // Too old to be looked up: only the store that went on from there has forgotten it.
    if (hasCode(thrown, 'revision-compacted')) return holds.digest;
    throw thrown;
  });
  return digest === holds.digest ? 'known' : 'behind';
}

/** An agent that has followed into this epoch, and was not sent anything in it yet. */
async function beginsWith(store: Store, node: string, holds: FleetPosition): Promise<boolean> {
  const entry = (await store.range({ key: KEYS.beginning(node) })).entries[0];
  const beginning = entry && fleetPosition.parse(JSON.parse(entry.value));
  return beginning?.epoch === holds.epoch && beginning.digest === holds.digest;
}

/** What this store wanted of a node at a revision. */
async function digestAt(store: Store, fleet: FleetRecord, node: string, revision: number): Promise<string> {
  const [intents, nodes] = await Promise.all([
    store.range({ prefix: PREFIXES.intents, atRevision: revision }),
    store.range({ prefix: PREFIXES.nodes, atRevision: revision }),
  ]);
  const wanted = new Map(
    intents.entries.map(({ key, value, modRevision }) => [
      key,
      { value: intentRecord.parse(JSON.parse(value)), revision: modRevision },
    ]),
  );
  const members = nodes.entries.map(({ value }) => nodeRecord.parse(JSON.parse(value)));
  return desiredMessage(fleet, revision, intentsByNode(wanted, members).get(node) ?? []).position.digest;
}

function hasCode(thrown: unknown, code: string): boolean {
  return isHafleetError(thrown) && thrown.code === code;
}
