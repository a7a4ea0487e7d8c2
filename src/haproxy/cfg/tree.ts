import type { Diagnostic, LexicalCode } from './diagnostic.ts';

/**
 * The lossless tree. Every character of the file stands in exactly one `source` or `end`, so printing is joining.
 * All of it is plain data that is never changed in place: an edit makes a new tree and shares the untouched lines.
 */
export interface ConfigTree {
  /** What the file is called in messages; '' when it was not said. */
  readonly file: string;
  /** In file order. The first one has an empty keyword when lines stand before any section. */
  readonly sections: readonly Section[];
  /** What HAProxy would complain about while reading this one file, in line order. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface Section {
  /** `backend`, `global` …; '' for the lines before the first section. */
  readonly keyword: string;
  /** The word after the keyword; '' when there is none. */
  readonly name: string;
  /** False for a section whose keyword no HAProxy we know has. */
  readonly known: boolean;
  /** 1-based number of `lines[0]`. */
  readonly firstLine: number;
  /** The header first (unless the keyword is ''), then every line up to the next header. */
  readonly lines: readonly Line[];
}

export type LineKind = 'blank' | 'comment' | 'keyword' | 'directive' | 'scope';

/** What ends a line. Only the last line of a file may have ''. HAProxy splits at LF alone. */
export type LineEnd = '\n' | '\r\n' | '';

export interface Line {
  /** `directive` is a line such as `.if`; `scope` one such as `[haproxy]`. */
  readonly kind: LineKind;
  readonly tokens: readonly Token[];
  /** The words among the tokens. */
  readonly words: readonly Word[];
  readonly end: LineEnd;
  /** What is wrong with the spelling of the line. HAProxy skips a line with faults and refuses the file. */
  readonly faults: readonly Fault[];
}

export type Token = Word | Space | Comment | Ignored;

export interface Word {
  readonly type: 'word';
  /** As written, with its quotes and backslashes. */
  readonly source: string;
  /** After HAProxy's quoting rules. `"$VAR"` stays as written: only the process knows its environment. */
  readonly value: string;
  /** Names of the environment variables inside; absent when there are none. */
  readonly variables?: readonly string[];
  /** `"${VAR[*]}"`: becomes as many words as the variable holds. */
  readonly spreads?: true;
}

/** Indentation or what stands between words. */
export interface Space {
  readonly type: 'space';
  readonly source: string;
}

/** From `#` to the end of the line. */
export interface Comment {
  readonly type: 'comment';
  readonly source: string;
}

/** What HAProxy never looks at: the rest of a line after a lone CR or a NUL. */
export interface Ignored {
  readonly type: 'ignored';
  readonly source: string;
}

export interface Fault {
  readonly code: LexicalCode;
  /** 1-based, in UTF-16 units, from the start of the line. */
  readonly column: number;
}

/** The indentation of a line, '' when it has none. */
export function indentOf(line: Line): string {
  const first = line.tokens[0];
  return first?.type === 'space' ? first.source : '';
}

/** The line with this 1-based number, or undefined. */
export function lineAt(tree: ConfigTree, number: number): Line | undefined {
  const section = tree.sections.find((s) => number < s.firstLine + s.lines.length);
  return section?.lines[number - section.firstLine];
}

/** All lines in file order. */
export function linesOf(tree: ConfigTree): Line[] {
  return tree.sections.flatMap((section) => section.lines);
}
