import { buildTree } from './build-tree.ts';
import { lexLine } from './lex-line.ts';
import type { ConfigTree, Line } from './tree.ts';

export interface ParseOptions {
  /** Named in diagnostics and in the model. */
  readonly file?: string;
}

/**
 * Reads any text into a lossless tree: `printConfig(parseConfig(text)) === text`. Never throws; what HAProxy would
 * complain about is in `diagnostics`. Decode a file that is not valid UTF-8 as latin1, or its bytes are lost before here.
 */
export function parseConfig(text: string, { file = '' }: ParseOptions = {}): ConfigTree {
  return buildTree(file, lexLines(text));
}

/** Every line of a text; the last one has no line end when the text does not finish with LF. */
export function lexLines(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < text.length) {
    const lf = text.indexOf('\n', start);
    lines.push(lf === -1 ? lexLine(text, start, text.length, '') : lexEndedLine(text, start, lf));
    start = lf === -1 ? text.length : lf + 1;
  }
  return lines;
}

function lexEndedLine(text: string, start: number, lf: number): Line {
  const hasCr = lf > start && text[lf - 1] === '\r';
  return hasCr ? lexLine(text, start, lf - 1, '\r\n') : lexLine(text, start, lf, '\n');
}
