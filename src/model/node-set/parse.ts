import { ok, type Result } from '../../lib/index.ts';
import { parseNamePattern } from './parse-name.ts';
import { patternSize } from './pattern.ts';
import { problem } from './problem.ts';
import {
  MAX_NODE_SET_CHARS,
  MAX_NODE_SET_NAMES,
  type NodeSetError,
  type NodeSetExpression,
  type NodeSetOperand,
  type NodeSetTerm,
  type SetOperator,
} from './types.ts';

const OPERATORS: Readonly<Record<string, SetOperator>> = {
  ',': 'union',
  '!': 'minus',
  '&': 'and',
  '^': 'xor',
};
const NAME_TEXT = /^[A-Za-z0-9_.:*?-]*$/;
const GROUP_TEXT = /^[A-Za-z0-9_.:*/=-]*$/;

/**
 * Reads ClusterShell's grammar: `lb[1-4,7]`, `lb[01-12]`, `lb[1-9/2]`, `dc[1-2]lb[1-4]`, `@role:edge`, `*`, `lb*`,
 * joined by `,` or blanks (union), `!` (minus), `&` (and), `^` (xor), left to right. Never throws, never expands:
 * what would spell out more than 100,000 names is refused by counting.
 */
export function parseNodeSet(text: string): Result<NodeSetExpression, NodeSetError> {
  if (text.length > MAX_NODE_SET_CHARS)
    return problem(
      'node-set-too-long',
      MAX_NODE_SET_CHARS,
      `the node set has ${text.length} characters`,
      'use a group',
    );
  if (text.trim() === '')
    return problem('node-set-empty', 1, 'the node set is empty', 'write * for every node');
  const words = splitWords(text);
  if (!words.ok) return words;
  return buildTerms(text.trim(), words.value);
}

interface Word {
  readonly operator: SetOperator;
  readonly text: string;
  readonly column: number;
}

function splitWords(text: string): Result<Word[], NodeSetError> {
  const words: Word[] = [];
  let pending: { operator: SetOperator; symbol: string; column: number } | undefined;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    const operator = OPERATORS[char];
    if (/\s/.test(char)) at++;
    else if (operator) {
      if (pending || words.length === 0) return missingOperand(char, at + 1);
      pending = { operator, symbol: char, column: ++at };
    } else {
      const end = wordEnd(text, at);
      if (end < 0) return unclosed(at + 1);
      words.push({ operator: pending?.operator ?? 'union', text: text.slice(at, end), column: at + 1 });
      pending = undefined;
      at = end;
    }
  }
  return pending ? missingOperand(pending.symbol, pending.column) : ok(words);
}

/** Where the word ends; blanks and commas inside brackets belong to it. -1: a bracket stays open. */
function wordEnd(text: string, start: number): number {
  let inBrackets = false;
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '[') inBrackets = true;
    else if (char === ']') inBrackets = false;
    else if (!inBrackets && (char in OPERATORS || /\s/.test(char))) return at;
  }
  return inBrackets ? -1 : text.length;
}

function buildTerms(text: string, words: readonly Word[]): Result<NodeSetExpression, NodeSetError> {
  const terms: NodeSetTerm[] = [];
  let names = 0;
  for (const word of words) {
    const operand = parseOperand(word);
    if (!operand.ok) return operand;
    names += operand.value.kind === 'all' ? 0 : patternSize(operand.value.parts);
    if (names > MAX_NODE_SET_NAMES)
      return problem(
        'node-set-too-many-names',
        word.column,
        `the node set spells out more than ${MAX_NODE_SET_NAMES} names`,
        'use a glob or a group',
      );
    terms.push({ operator: word.operator, operand: operand.value });
  }
  return ok({ text, terms });
}

function parseOperand({ text, column }: Word): Result<NodeSetOperand, NodeSetError> {
  if (text === '*' || text === '@*') return ok({ kind: 'all' });
  if (text.startsWith('@')) return parseGroup(text.slice(1), column + 1);
  const parts = parseNamePattern(text, column, NAME_TEXT);
  if (!parts.ok) return parts;
  return ok({ kind: 'names', parts: parts.value, glob: /[*?]/.test(text) });
}

function parseGroup(text: string, column: number): Result<NodeSetOperand, NodeSetError> {
  if (!/^[^:]+(:[^:].*)?$/.test(text))
    return problem('node-set-bad-group', column, `"@${text}" names no group`, 'write @name or @label:value');
  const parts = parseNamePattern(text, column, GROUP_TEXT);
  return parts.ok ? ok({ kind: 'group', parts: parts.value }) : parts;
}

function missingOperand(symbol: string, column: number) {
  return problem(
    'node-set-missing-operand',
    column,
    `"${symbol}" needs a node set on both sides`,
    'remove it, or write what is missing',
  );
}

function unclosed(column: number) {
  return problem('node-set-unclosed-bracket', column, 'a bracket is opened and not closed', 'write lb[1-4]');
}
