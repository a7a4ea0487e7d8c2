import { overlapsIntent, subtractIntent } from '../../model/index.ts';
import type { Op } from '../../store/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { placesOf } from '../fleet/places.ts';
import type { Mirror } from '../store/mirror.ts';
import type { IntentRecord, StoredIntent } from '../store/records.ts';
import { intentId } from './intents.ts';
import { putIntent, removeIntent } from './intent-ops.ts';

/** What an ended `enable` (or a weight given back) leaves of older intents: nothing, or what it did not mean. */
export function endOlder(
  { view, intents }: { readonly view: FleetView; readonly intents: Mirror<IntentRecord> },
  ending: readonly StoredIntent[],
): { ops: Op[]; removed: StoredIntent[] } {
  const nodes = view.nodeNames();
  const ops: Op[] = [];
  const removed: StoredIntent[] = [];
  for (const { value: one, revision } of intents.entries.values()) {
    const ended = ending.filter(
      (end) => end.id !== one.id && end.order > one.order && overlapsIntent(end, one),
    );
    if (ended.length === 0) continue;
    const known = placesOf(view, nodes, one.server);
    const left = ended
      .reduce<IntentRecord[]>((rest, end) => rest.flatMap((part) => subtractIntent(part, end, known)), [one])
      .map((part) => ({ ...part, id: intentId(part.change, part) }));
    removed.push({ ...one, revision });
    if (!left.some(({ id }) => id === one.id)) ops.push(removeIntent(one.id));
    ops.push(...left.map(putIntent));
  }
  return { ops, removed };
}
