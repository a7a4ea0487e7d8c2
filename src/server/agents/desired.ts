import type { DesiredMessage, WireIntent } from '../../api/index.ts';
import { canonicalJson, sha256 } from '../../lib/index.ts';
import type { LabelledNode } from '../../model/index.ts';
import { nodesInScope } from '../fleet/scope.ts';
import type { Mirror } from '../store/mirror.ts';
import type { FleetRecord, IntentRecord } from '../store/records.ts';

/** The intents of every node, by node name: node sets are evaluated against who is enrolled now. */
export function intentsByNode(
  intents: Mirror<IntentRecord>['entries'],
  nodes: readonly LabelledNode[],
): Map<string, WireIntent[]> {
  const byNode = new Map<string, WireIntent[]>(nodes.map(({ name }) => [name, []]));
  const scopes = new Map<string, string[]>();
  for (const { value, revision } of intents.values()) {
    const { on, exclude } = value;
    const key = JSON.stringify([on, exclude]);
    const names = scopes.get(key) ?? nodesInScope({ on, exclude }, nodes);
    scopes.set(key, names);
    for (const name of names) byNode.get(name)?.push({ ...value, revision });
  }
  return byNode;
}

/** One node's desired state, with its place in the fleet's history. */
export function desiredMessage(
  fleet: FleetRecord,
  revision: number,
  intents: readonly WireIntent[],
): DesiredMessage {
  const sorted = [...intents].sort((a, b) => (a.id < b.id ? -1 : 1));
  const digest = sha256(canonicalJson(sorted));
  return {
    type: 'desired',
    position: { fleetId: fleet.id, epoch: fleet.epoch, revision, digest },
    intents: sorted,
  };
}
