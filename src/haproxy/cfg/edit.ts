import { HafleetError } from '../../lib/index.ts';
import { buildTree } from './build-tree.ts';
import { lexLines } from './parse.ts';
import { printLine } from './print.ts';
import { appendPosition } from './section-end.ts';
import { indentOf, lineAt, linesOf } from './tree.ts';
import type { ConfigTree, Line, LineEnd, Section } from './tree.ts';

/** `invalid-line-text`: more than one line, or a NUL. `no-such-line`: the tree has no line of that number. */
export type EditErrorCode = 'invalid-line-text' | 'no-such-line';

/*
 * Each function returns a new tree; every line but the edited one is the same object as before. Line numbers are 1-based
 * and those of the tree that is passed in. `text` is one line without indentation and line end.
 * They throw HafleetError<EditErrorCode> for a call that cannot be meant.
 */

/** Keeps the indentation, the line end and, unless `text` brings its own, the comment of the line it replaces. */
export function replaceLine(tree: ConfigTree, number: number, text: string): ConfigTree {
  const old = requireLine(tree, number);
  const next = createLine(indentOf(old) + text, old.end);
  const hasComment = next.tokens.some((token) => token.type === 'comment');
  const kept = hasComment ? next : createLine(indentOf(old) + text + trailingComment(old), old.end);
  return splice(tree, number - 1, 1, [kept]);
}

/** Indents like its neighbours. A last line without line end gets one, because HAProxy refuses such a file. */
export function insertLineAfter(tree: ConfigTree, number: number, text: string): ConfigTree {
  const before = requireLine(tree, number);
  const end = usualEnd(tree, before);
  const inserted = createLine(indentFor(tree, number) + text, end);
  return before.end === ''
    ? splice(tree, number - 1, 1, [createLine(printLine(before), end), inserted])
    : splice(tree, number, 0, [inserted]);
}

export function removeLine(tree: ConfigTree, number: number): ConfigTree {
  requireLine(tree, number);
  return splice(tree, number - 1, 1, []);
}

/** Behind the section's last own line: comments and empty lines that lead up to the next section stay with that one. */
export function appendToSection(tree: ConfigTree, section: Section, text: string): ConfigTree {
  return insertLineAfter(tree, appendPosition(section), text);
}

function requireLine(tree: ConfigTree, number: number): Line {
  const line = lineAt(tree, number);
  if (line === undefined)
    throw new HafleetError<EditErrorCode>('no-such-line', `the file has no line ${number}`);
  return line;
}

function createLine(text: string, end: LineEnd): Line {
  const [line] = lexLines(text + end);
  if (line === undefined || /[\n\0]/.test(text) || printLine(line) !== text + end)
    throw new HafleetError<EditErrorCode>('invalid-line-text', 'the text is not exactly one line');
  return line;
}

function splice(tree: ConfigTree, at: number, remove: number, insert: readonly Line[]): ConfigTree {
  return buildTree(tree.file, linesOf(tree).toSpliced(at, remove, ...insert));
}

function trailingComment(line: Line): string {
  const at = line.tokens.findIndex((token) => token.type === 'comment');
  if (at === -1 || line.words.length === 0) return '';
  const gap = line.tokens[at - 1];
  const comment = line.tokens[at]?.source ?? '';
  return (gap?.type === 'space' ? gap.source : ' ') + comment;
}

function usualEnd(tree: ConfigTree, neighbour: Line): LineEnd {
  if (neighbour.end !== '') return neighbour.end;
  const first = tree.sections[0]?.lines[0]?.end;
  return first === undefined || first === '' ? '\n' : first;
}

/** That of the line before; behind a header that of the next keyword in the section, else of any in the file. */
function indentFor(tree: ConfigTree, number: number): string {
  const section = tree.sections.find((s) => number < s.firstLine + s.lines.length);
  const inside = section?.lines.slice(section.keyword === '' ? 0 : 1) ?? [];
  const behind = number - (section?.firstLine ?? 1) - (section?.keyword === '' ? 0 : 1);
  const isUsual = (line: Line) => line.kind === 'keyword';
  const before = inside.slice(0, Math.max(behind + 1, 0)).findLast(isUsual);
  const model = before ?? inside.find(isUsual) ?? anyInside(tree);
  return model ? indentOf(model) : '    ';
}

function anyInside(tree: ConfigTree): Line | undefined {
  for (const section of tree.sections) {
    const line = section.lines.slice(1).find(({ kind }) => kind === 'keyword');
    if (section.keyword !== '' && line) return line;
  }
  return undefined;
}
