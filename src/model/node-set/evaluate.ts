import { compareNatural } from '../../lib/index.ts';
import { expandPattern, matchesGlob } from './pattern.ts';
import type { NodeSetExpression, NodeSetOperand, SetOperator } from './types.ts';

export interface NodeSetContext {
  /**
   * Every known node. Typed names outside it are reported and left out. Without it there is nothing to compare
   * with: typed names count as they are, globs and `*` match nothing.
   */
  readonly universe?: readonly string[];
  /** The nodes of a group, given what follows `@` (`edge`, `role:edge`); undefined when there is no such group. */
  readonly group?: (group: string) => readonly string[] | undefined;
}

export interface NodeSetResult {
  /** Naturally sorted: `lb2` before `lb10`. */
  readonly names: readonly string[];
  /** Names that were typed and no node bears, on whichever side of an operator: a typo after `!` matters too. */
  readonly unknown: readonly string[];
  /** Groups that nobody knows, without the `@`. They count as empty. */
  readonly unknownGroups: readonly string[];
}

export function evaluateNodeSet(expression: NodeSetExpression, context: NodeSetContext): NodeSetResult {
  const scope = openScope(context);
  const names = new Set<string>();
  for (const { operator, operand } of expression.terms)
    COMBINE[operator](names, new Set(operandNames(operand, scope)));
  return {
    names: sorted(names),
    unknown: sorted(scope.unknown),
    unknownGroups: sorted(scope.unknownGroups),
  };
}

/** Is this node in the set? Same answer as evaluating it, with the node itself in the universe. */
export function nodeSetIncludes(
  expression: NodeSetExpression,
  node: string,
  group: NodeSetContext['group'],
): boolean {
  const context = group ? { universe: [node], group } : { universe: [node] };
  return evaluateNodeSet(expression, context).names.includes(node);
}

interface Scope extends NodeSetContext {
  readonly known: ReadonlySet<string> | undefined;
  readonly unknown: Set<string>;
  readonly unknownGroups: Set<string>;
}

function openScope(context: NodeSetContext): Scope {
  const known = context.universe && new Set(context.universe);
  return { ...context, known, unknown: new Set(), unknownGroups: new Set() };
}

function operandNames(operand: NodeSetOperand, scope: Scope): string[] {
  if (operand.kind === 'all') return [...(scope.known ?? [])];
  const names = expandPattern(operand.parts);
  if (operand.kind === 'group') return names.flatMap((group) => groupNames(group, scope));
  return operand.glob ? globNames(names, scope) : typedNames(names, scope);
}

function typedNames(names: readonly string[], { known, unknown }: Scope): string[] {
  return names.filter((name) => {
    if (!known || known.has(name)) return true;
    unknown.add(name);
    return false;
  });
}

function globNames(globs: readonly string[], { known }: Scope): string[] {
  return [...(known ?? [])].filter((name) => globs.some((glob) => matchesGlob(glob, name)));
}

function groupNames(group: string, scope: Scope): string[] {
  const names = scope.group?.(group);
  if (!names) scope.unknownGroups.add(group);
  return (names ?? []).filter((name) => !scope.known || scope.known.has(name));
}

/** Changes `left`: copying it for each of thousands of terms would be quadratic. */
type Combine = (left: Set<string>, right: ReadonlySet<string>) => void;

const COMBINE: Readonly<Record<SetOperator, Combine>> = {
  union: (left, right) => right.forEach((name) => left.add(name)),
  minus: (left, right) => right.forEach((name) => left.delete(name)),
  and: (left, right) => left.forEach((name) => right.has(name) || left.delete(name)),
  xor: (left, right) => right.forEach((name) => left.delete(name) || left.add(name)),
};

function sorted(names: Iterable<string>): string[] {
  return [...names].sort(compareNatural);
}
