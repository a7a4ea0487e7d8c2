import { fail, ok, type Result } from '../../lib/index.ts';
import { parseNamePattern, patternSize, type NamePart } from '../node-set/index.ts';
import type { SelectorError, SelectorErrorCode, ServerSelector } from './types.ts';

/** HAProxy refuses any other character in the name of a backend or a server. */
const HAPROXY_NAME = /^[A-Za-z0-9_.:-]+$/;
const SELECTOR_TEXT = /^[A-Za-z0-9_.:*?-]*$/;
const MAX_SELECTOR_CHARS = 1_024;
const MAX_SELECTOR_NAMES = 10_000;

export function isHaproxyName(text: string): boolean {
  return HAPROXY_NAME.test(text);
}

/**
 * Reads `backend/server`, a bare `server`, and globs and ranges on either side: `web/web[1-6]`, `*\/web1`, `web/*`.
 * Anything HAProxy could not have named is refused here: this text ends up in commands.
 */
export function parseSelector(text: string): Result<ServerSelector, SelectorError> {
  const trimmed = text.trim();
  if (trimmed === '')
    return problem('selector-empty', 1, 'no server is named', 'write backend/server or server');
  if (trimmed.length > MAX_SELECTOR_CHARS)
    return problem(
      'selector-too-long',
      MAX_SELECTOR_CHARS,
      'the selector is too long',
      'use a glob or a range',
    );
  const sides = splitSides(trimmed);
  const parsed: NamePart[][] = [];
  for (const { name, column } of sides) {
    const pattern = parseSide(name, column + text.indexOf(trimmed));
    if (!pattern.ok) return pattern;
    parsed.push(pattern.value);
  }
  const [first = [], second] = parsed;
  return ok(second ? { text: trimmed, backend: first, server: second } : { text: trimmed, server: first });
}

interface Side {
  readonly name: string;
  readonly column: number;
}

/** At the first `/` outside brackets: `web[1-9/2]` is a step, not a backend. */
function splitSides(text: string): Side[] {
  const at = text.replace(/\[[^\]]*\]/g, (brackets) => '#'.repeat(brackets.length)).indexOf('/');
  if (at < 0) return [{ name: text, column: 1 }];
  return [
    { name: text.slice(0, at), column: 1 },
    { name: text.slice(at + 1), column: at + 2 },
  ];
}

function parseSide(name: string, column: number): Result<NamePart[], SelectorError> {
  const opened = name.lastIndexOf('[');
  if (name === '' || opened > name.lastIndexOf(']'))
    return problem('selector-bad-name', column, `"${printable(name)}" is not a name`, NAME_HINT);
  const pattern = parseNamePattern(name, column, SELECTOR_TEXT);
  if (!pattern.ok)
    return problem('selector-bad-name', pattern.error.column, pattern.error.message, NAME_HINT);
  if (patternSize(pattern.value) > MAX_SELECTOR_NAMES)
    return problem(
      'selector-too-many-names',
      column,
      `the selector spells out more than ${MAX_SELECTOR_NAMES} names`,
      'use a glob',
    );
  return pattern;
}

const NAME_HINT =
  'names are made of letters, digits and _ . : -; write backend/server, web/web[1-6] or web/*';

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

function problem(code: SelectorErrorCode, column: number, message: string, hint: string) {
  return fail<SelectorError>({ code, message, column, hint });
}
