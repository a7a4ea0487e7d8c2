import type { LocalChange } from '../../api/index.ts';
import { errorText, type Clock, type Logger } from '../../lib/index.ts';
import { coversIntent, firstStep } from '../../model/index.ts';
import type { Op, Store } from '../../store/index.ts';
import type { Dispatcher } from '../agents/dispatcher.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { KEYS } from '../store/keys.ts';
import type { Mirror } from '../store/mirror.ts';
import { changeId, type ChangeRecord, type IntentRecord } from '../store/records.ts';
import type { ChangeController } from './controller.ts';
import { putIntent, removeIntent } from './intent-ops.ts';
import { intentId, isEnding } from './intents.ts';
import type { ChangeObserver } from './observer.ts';

export interface LocalParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly view: FleetView;
  readonly intents: Mirror<IntentRecord>;
  readonly controller: ChangeController;
  readonly observer: Pick<ChangeObserver, 'accepted' | 'moved'>;
  readonly dispatcher: Pick<Dispatcher, 'lastSentTo'>;
}

/** Makes changes of the fleet of what was asked for on the machines themselves. */
export interface LocalTakeUp {
  /** An agent tells the same again until it is told that it was taken up. */
  heard(node: string, changes: readonly LocalChange[]): void;
}

/** Two servers may count at the same moment. */
const TRIES = 5;

/**
 * Each local change becomes one change of the fleet, whatever is killed in between: its id is written in the transaction
 * that makes the change, and the agent lets go of it only once it holds the intents of that change. No guard is asked: it
 * has happened, and to refuse it would undo it.
 */
export function createLocalTakeUp(parts: LocalParts): LocalTakeUp {
  const busy = new Set<string>();
  return {
    heard(node, changes) {
      // To an agent whose state this store cannot have made nothing is sent, and nothing is promised.
      if (busy.has(node) || changes.length === 0 || parts.view.node(node).standing !== 'known') return;
      busy.add(node);
      takeUp(parts, node, changes)
        .catch((thrown: unknown) =>
          parts.log.error({ node, error: errorText(thrown) }, 'a local change was not taken up; tried again'),
        )
        .finally(() => busy.delete(node));
    },
  };
}

async function takeUp(parts: LocalParts, node: string, changes: readonly LocalChange[]): Promise<void> {
  const taken: { id: string; change: string }[] = [];
  for (const change of changes) taken.push({ id: change.id, change: await takeOne(parts, node, change) });
  const { link } = parts.view.node(node);
  const position = parts.dispatcher.lastSentTo(node);
  // What was sent before on the same connection arrives before: by then the agent holds the new intents.
  if (link && position !== undefined) link.send({ type: 'local-taken', position, changes: taken });
}

async function takeOne(parts: LocalParts, node: string, local: LocalChange): Promise<string> {
  const { store, intents, controller, log } = parts;
  const key = KEYS.localChange(node, local.id);
  for (let turn = 0; turn < TRIES; turn++) {
    const known = (await store.range({ key })).entries[0];
    if (known) {
      await intents.until(known.modRevision);
      return known.value;
    }
    const counter = (await store.range({ key: KEYS.changeCounter })).entries[0];
    const number = Number(counter?.value ?? 0) + 1;
    const { record, ops } = changeOf(parts, { node, local, number });
    const { succeeded, revision } = await store.txn({
      compare: [
        { key: KEYS.changeCounter, target: 'modRevision', op: '=', value: counter?.modRevision ?? 0 },
        { key, target: 'createRevision', op: '=', value: 0 },
      ],
      success: [
        { type: 'put', key: KEYS.changeCounter, value: String(number) },
        { type: 'put', key, value: changeId(number) },
        { type: 'put', key: KEYS.change(number), value: JSON.stringify(record) },
        ...ops,
      ],
    });
    if (!succeeded) continue;
    await intents.until(revision);
    parts.observer.accepted(record);
    if (record.state === 'running') controller.track(record);
    else parts.observer.moved(record, 'running');
    log.info({ node, local: local.id, change: changeId(number) }, 'a local change was taken up');
    return changeId(number);
  }
  throw new Error(`${local.id}: other changes were accepted at the same moments`);
}

interface Numbered {
  readonly node: string;
  readonly local: LocalChange;
  readonly number: number;
}

function changeOf(parts: LocalParts, numbered: Numbered): { record: ChangeRecord; ops: Op[] } {
  const { local } = numbered;
  const fresh = local.over === undefined ? intentsOf(numbered) : [];
  const older = [...parts.intents.entries.values()].map(({ value }) => value);
  const removed = older.filter((one) =>
    fresh.some((newer) => coversIntent(newer, one) && (!isEnding(newer) || isEnding(one))),
  );
  const record = recordOf(numbered, removed, parts.clock.wallMs());
  return { record, ops: [...fresh.map(putIntent), ...removed.map(({ id }) => removeIntent(id))] };
}

function recordOf(
  { node, local, number }: Numbered,
  removed: IntentRecord[],
  nowWallMs: number,
): ChangeRecord {
  const { kind, servers, instance, weight, who, why, ticket, at, over } = local;
  return {
    number,
    kind,
    source: 'local',
    state: over ?? 'running',
    targets: servers.map(({ backend, server }) => `${backend}/${server}`),
    servers,
    on: node,
    instance,
    who,
    why,
    at,
    overridden: [],
    removed,
    results: [],
    ...(weight !== undefined && { weight }),
    ...(ticket !== undefined && { ticket }),
    ...(over !== undefined && { endedAt: nowWallMs }),
  };
}

function intentsOf({ node, local, number }: Numbered): IntentRecord[] {
  const { servers, instance, who, why, ticket, at } = local;
  const change = changeId(number);
  const step = firstStep(local.kind, local.weight ?? null);
  if (!step) return [];
  return servers.map(({ backend, server }) => ({
    id: intentId(change, { instance, backend, server }),
    change,
    order: number,
    instance,
    backend,
    server,
    ...step,
    on: node,
    who,
    why,
    from: at,
    ...(ticket !== undefined && { ticket }),
  }));
}
