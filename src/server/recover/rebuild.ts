import type { FleetPosition, WireIntent } from '../../api/index.ts';
import type { LabelledNode } from '../../model/index.ts';
import { nodesInScope } from '../fleet/scope.ts';
import { changeNumber, type IntentRecord } from '../store/records.ts';

/** What one agent said that it holds. */
export interface HeldByNode extends LabelledNode {
  readonly position: FleetPosition | null;
  readonly intents: readonly WireIntent[];
}

export interface Rebuilt {
  readonly intents: readonly IntentRecord[];
  /** Held by a node that was away, and ended since: nodes with a newer state, which would have it, do not. */
  readonly ended: readonly {
    readonly intent: IntentRecord;
    readonly heldBy: string;
    readonly endedBy: string;
  }[];
  /** No change may get a number that was given before. */
  readonly lastChange: number;
}

/**
 * The intents of a fleet from what its agents hold. Of one intent the newest step counts. One that some nodes hold and
 * others, who know more, do not, has ended: a node that was off must not bring it back.
 */
export function rebuildIntents(nodes: readonly HeldByNode[]): Rebuilt {
  const newest = new Map<string, { intent: WireIntent; holder: HeldByNode }>();
  for (const holder of nodes)
    for (const intent of holder.intents) {
      const known = newest.get(intent.id);
      if (!known || rank(holder, intent.revision) > rank(known.holder, known.intent.revision))
        newest.set(intent.id, { intent, holder });
    }
  const intents: IntentRecord[] = [];
  const ended: Rebuilt['ended'][number][] = [];
  for (const { intent, holder } of newest.values()) {
    const { revision: _revision, ...record } = intent;
    const witness = whoKnowsItEnded(intent, nodes);
    if (witness) ended.push({ intent: record, heldBy: holder.name, endedBy: witness.name });
    else intents.push(record);
  }
  return {
    intents: intents.sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1)),
    ended,
    lastChange: lastChange(nodes),
  };
}

/** A node the intent means, with a state newer than anyone who holds it, that does not hold it. */
function whoKnowsItEnded(intent: WireIntent, nodes: readonly HeldByNode[]): HeldByNode | undefined {
  const holds = (node: HeldByNode) => node.intents.some(({ id }) => id === intent.id);
  const lastHeld = Math.max(...nodes.filter(holds).map((node) => rank(node)));
  const meant = new Set(nodesInScope(intent, nodes));
  return nodes.find((node) => meant.has(node.name) && !holds(node) && rank(node) > lastHeld);
}

/** Revisions of different epochs do not compare; a later epoch knew all of an earlier one. */
function rank({ position }: HeldByNode, revision = position?.revision ?? 0): number {
  return (position?.epoch ?? 0) * 2 ** 40 + revision;
}

function lastChange(nodes: readonly HeldByNode[]): number {
  return Math.max(
    0,
    ...nodes.flatMap(({ intents }) => intents.map(({ change }) => changeNumber(change) ?? 0)),
  );
}
