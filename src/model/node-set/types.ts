/** Left to right, all of the same rank, as ClusterShell evaluates them. Whitespace is a union too. */
export type SetOperator = 'union' | 'minus' | 'and' | 'xor';

/** `1-9/2` inside brackets. `width` is the padded width (`01-12` has 2), 0 when numbers are as they are. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly width: number;
}

/** A name with ranges in it: text and brackets in the order they were written. */
export type NamePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ranges'; readonly ranges: readonly NumberRange[] };

/** `names`: literal names, or globs when `glob` is set. `group`: what follows `@`. `all`: `*` or `@*`. */
export type NodeSetOperand =
  | { readonly kind: 'all' }
  | { readonly kind: 'names'; readonly parts: readonly NamePart[]; readonly glob: boolean }
  | { readonly kind: 'group'; readonly parts: readonly NamePart[] };

export interface NodeSetTerm {
  /** How this operand meets everything to its left; the first term is always a union. */
  readonly operator: SetOperator;
  readonly operand: NodeSetOperand;
}

/** A parsed node set. Plain data; evaluated at read, so that `@role:edge` includes nodes enrolled later. */
export interface NodeSetExpression {
  /** As typed, trimmed. */
  readonly text: string;
  readonly terms: readonly NodeSetTerm[];
}

export type NodeSetErrorCode =
  | 'node-set-empty'
  | 'node-set-too-long'
  | 'node-set-bad-character'
  | 'node-set-missing-operand'
  | 'node-set-unclosed-bracket'
  | 'node-set-stray-bracket'
  | 'node-set-adjacent-ranges'
  | 'node-set-bad-range'
  | 'node-set-bad-group'
  | 'node-set-too-many-names';

export interface NodeSetError {
  readonly code: NodeSetErrorCode;
  readonly message: string;
  /** 1-based, in the text as given. */
  readonly column: number;
  readonly hint: string;
}

/** Longest text that is looked at: 1,000 long host names that do not fold still fit. */
export const MAX_NODE_SET_CHARS = 65_536;
/** Most names that one expression may spell out, over all of its operands together. */
export const MAX_NODE_SET_NAMES = 100_000;
/** Longer runs of digits are text: they would not be exact as numbers. */
export const MAX_RANGE_DIGITS = 15;
