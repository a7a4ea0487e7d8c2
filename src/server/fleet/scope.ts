import { ApiError } from '../../api/index.ts';
import {
  evaluateNodeSet,
  labelGroups,
  parseNodeSet,
  type LabelledNode,
  type NodeSetContext,
  type NodeSetExpression,
} from '../../model/index.ts';

/** Parses once per text; a fleet asks for the same few sets again and again. */
const parsed = new Map<string, NodeSetExpression>();
const MAX_PARSED = 1_000;

function parseOnce(text: string): NodeSetExpression {
  const known = parsed.get(text);
  if (known) return known;
  const result = parseNodeSet(text);
  if (!result.ok) {
    const { message, column, hint } = result.error;
    throw new ApiError('bad-node-set', `node set ${JSON.stringify(text)}, column ${column}: ${message}`, {
      hint,
    });
  }
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(text, result.value);
  return result.value;
}

export interface ScopeText {
  readonly on: string;
  readonly exclude?: string | undefined;
}

/** The nodes that `on` minus `exclude` means among those enrolled now. Empty is an answer here, not an error. */
export function nodesInScope({ on, exclude }: ScopeText, nodes: readonly LabelledNode[]): string[] {
  const context = contextOf(nodes);
  const names = evaluateNodeSet(parseOnce(on), context).names;
  if (exclude === undefined) return [...names];
  const without = new Set(evaluateNodeSet(parseOnce(exclude), context).names);
  return names.filter((name) => !without.has(name));
}

/** As nodesInScope, for what a person typed: unknown names and empty sets are errors that name them. */
export function checkScope({ on, exclude }: ScopeText, nodes: readonly LabelledNode[]): string[] {
  const context = contextOf(nodes);
  const results = [on, ...(exclude === undefined ? [] : [exclude])].map((text) =>
    evaluateNodeSet(parseOnce(text), context),
  );
  const unknown = results.flatMap((result) => [
    ...result.unknown,
    ...result.unknownGroups.map((group) => `@${group}`),
  ]);
  if (unknown.length > 0)
    throw new ApiError('unknown-node', `no node or label of this fleet: ${unknown.slice(0, 10).join(', ')}`, {
      hint: '`hafleet node list` shows names and labels',
    });
  const names = nodesInScope({ on, exclude }, nodes);
  if (names.length === 0)
    throw new ApiError(
      'empty-node-set',
      `no node is left in ${exclude === undefined ? on : `${on} without ${exclude}`}`,
      {
        hint: '`hafleet node list` shows the enrolled nodes',
      },
    );
  return names;
}

/** The nodes that a set names, also those that are not enrolled any more: for what happened once. */
export function nodesNamed(text: string, nodes: readonly LabelledNode[]): Set<string> {
  const { names, unknown } = evaluateNodeSet(parseOnce(text), contextOf(nodes));
  return new Set([...names, ...unknown]);
}

function contextOf(nodes: readonly LabelledNode[]): NodeSetContext {
  return { universe: nodes.map((node) => node.name), group: labelGroups(nodes) };
}
