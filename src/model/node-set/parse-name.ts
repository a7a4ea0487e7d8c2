import { ok, type Result } from '../../lib/index.ts';
import { problem } from './problem.ts';
import { parseRange } from './range.ts';
import type { NamePart, NodeSetError } from './types.ts';

/**
 * One name with ranges in it: `dc[1-2]lb[1-4]`. `allowed` says which characters may stand outside the brackets and
 * must accept the empty text; `column` is where the text begins, for errors. Sizes are not bounded here.
 */
export function parseNamePattern(
  text: string,
  column: number,
  allowed: RegExp,
): Result<NamePart[], NodeSetError> {
  const parts: NamePart[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ']') return strayBracket(column + at);
    const opens = text[at] === '[';
    const end = opens ? text.indexOf(']', at) + 1 : nextBracket(text, at);
    const piece = text.slice(at, end);
    const part = opens ? parseBrackets(piece, column + at, parts) : parseText(piece, column + at, allowed);
    if (!part.ok) return part;
    parts.push(part.value);
    at = end;
  }
  return ok(parts);
}

function nextBracket(text: string, from: number): number {
  const found = text.slice(from).search(/[[\]]/);
  return found < 0 ? text.length : from + found;
}

function parseText(text: string, column: number, allowed: RegExp): Result<NamePart, NodeSetError> {
  if (allowed.test(text)) return ok({ kind: 'text', text });
  const bad = Array.from(text).findIndex((char) => !allowed.test(char));
  return problem(
    'node-set-bad-character',
    column + Math.max(0, bad),
    `${JSON.stringify(Array.from(text)[bad] ?? text)} cannot stand in a node set`,
    'names are made of letters, digits and _ . : -',
  );
}

function parseBrackets(
  text: string,
  column: number,
  before: readonly NamePart[],
): Result<NamePart, NodeSetError> {
  if (touchesRanges(before))
    return problem(
      'node-set-adjacent-ranges',
      column,
      'two ranges stand side by side with nothing but digits between them',
      'write one range, or two node sets joined by a comma',
    );
  const ranges = [];
  for (const item of text.slice(1, -1).split(',')) {
    const range = parseRange(item);
    if (!range.ok)
      return problem('node-set-bad-range', column, range.error, 'write [1-4,7], [01-12] or [1-9/2]');
    ranges.push(range.value);
  }
  return ok({ kind: 'ranges', ranges });
}

/** ClusterShell refuses `lb[1-2][3-4]` and `lb[1-2]0[3-4]`: folding could not give them back. */
function touchesRanges(before: readonly NamePart[]): boolean {
  const last = before.at(-1);
  if (!last) return false;
  if (last.kind === 'ranges') return true;
  return /^\d+$/.test(last.text) && before.length > 1;
}

function strayBracket(column: number) {
  return problem(
    'node-set-stray-bracket',
    column,
    'a bracket is closed that was not opened',
    'write lb[1-4]',
  );
}
