import { checkLines } from './check-lines.ts';
import { isSectionKeyword } from './section-names.ts';
import { indentOf } from './tree.ts';
import type { ConfigTree, Line, Section } from './tree.ts';

/** Keywords that people do write without indentation; they never begin an unknown section. */
const COMMON_KEYWORDS =
  /^(acl|balance|bind|capture|chroot|compression|cookie|daemon|default|default-server|default_backend|disabled|enabled|errorfile|external-check|filter|group|hash-type|http-|log|maxconn|mode|monitor-|nameserver|nbthread|no|option|peer|pidfile|redirect|retries|server|setenv|ssl-|stats|stick|tcp-|timeout|tune\.|unique-id|use|user)/;

/** Groups lines into sections and looks them over. The same lines always give the same tree. */
export function buildTree(file: string, lines: readonly Line[]): ConfigTree {
  const starts = [...lines.keys()].filter((index) => isHeader(lines, index));
  const bounds = starts[0] === 0 || lines.length === 0 ? starts : [0, ...starts];
  const headers = new Set(starts);
  const sections = bounds.map((start, i) =>
    createSection(lines.slice(start, bounds[i + 1]), start + 1, headers.has(start)),
  );
  return { file, sections, diagnostics: checkLines(file, sections) };
}

function createSection(lines: readonly Line[], firstLine: number, hasHeader: boolean): Section {
  const words = hasHeader ? (lines[0]?.words ?? []) : [];
  const keyword = words[0]?.value ?? '';
  const known = keyword === '' || isSectionKeyword(keyword);
  return { keyword, name: nameOf(keyword, words[1]?.value ?? ''), known, firstLine, lines };
}

/** `defaults from base` has no name: `from` already is the word before the parent's. */
function nameOf(keyword: string, word: string): string {
  return keyword === 'defaults' && word === 'from' ? '' : word;
}

function isHeader(lines: readonly Line[], index: number): boolean {
  const line = lines[index];
  if (line?.kind !== 'keyword') return false;
  return isSectionKeyword(line.words[0]?.value ?? '') || looksLikeHeader(lines, index);
}

/**
 * HAProxy takes a section it does not know for a keyword of the section before. A newer HAProxy may know it, so a short
 * line without indentation, set apart by an empty line or a comment and followed by indented ones, is a section here.
 */
function looksLikeHeader(lines: readonly Line[], index: number): boolean {
  const line = lines[index];
  if (!line || indentOf(line) !== '' || line.words.length > 2) return false;
  const word = line.words[0]?.source ?? '';
  if (!/^[a-z][a-z0-9_-]*$/.test(word) || COMMON_KEYWORDS.test(word)) return false;
  const before = lines[index - 1];
  if (before && before.kind !== 'blank' && before.kind !== 'comment') return false;
  const after = lines[index + 1];
  return (
    after?.kind === 'keyword' && indentOf(after) !== '' && !isSectionKeyword(after.words[0]?.value ?? '')
  );
}
