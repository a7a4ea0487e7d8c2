import { isInGroup, nodeSetIncludes, parseNodeSet, type LabelledNode } from '../node-set/index.ts';
import type { ServerRef } from '../selector/index.ts';
import type { Intent, IntentException, IntentSelector } from './types.ts';

/** One instance and what node sets can be asked about it. */
export interface IntentPlace {
  /** The node, with its labels and groups. */
  readonly node: LabelledNode;
  /** The instance's name on the node, `http`. */
  readonly instance: string;
}

/** Does the intent speak about this instance at all? A node set that does not parse covers nothing. */
export function coversInstance(intent: Intent, place: IntentPlace): boolean {
  return matchesInstance(intent.selector, place) && coversNode(intent, place.node);
}

export function coversServer(intent: Intent, place: IntentPlace, server: ServerRef): boolean {
  if (!matchesServer(intent.selector, server) || !coversInstance(intent, place)) return false;
  return !(intent.exceptions ?? []).some((exception) => coversByScope(exception, place, server));
}

/** The same rule for anything with a selector and node sets. */
export function coversByScope(scope: IntentException, place: IntentPlace, server: ServerRef): boolean {
  return (
    matchesServer(scope.selector, server) &&
    matchesInstance(scope.selector, place) &&
    coversNode(scope, place.node)
  );
}

function coversNode(
  { on, exclude }: { readonly on: string; readonly exclude?: string },
  node: LabelledNode,
): boolean {
  return includesNode(on, node) && !(exclude !== undefined && includesNode(exclude, node));
}

function includesNode(text: string, node: LabelledNode): boolean {
  const set = parseNodeSet(text);
  return (
    set.ok && nodeSetIncludes(set.value, node.name, (group) => (isInGroup(node, group) ? [node.name] : []))
  );
}

function matchesInstance({ instance }: IntentSelector, place: IntentPlace): boolean {
  return instance === '*' || instance === place.instance;
}

function matchesServer({ backend, server }: IntentSelector, ref: ServerRef): boolean {
  return (backend === '*' || backend === ref.backend) && server === ref.server;
}
