import stringWidth from 'fast-string-width';
import { escapeText } from './escape.ts';

export type Paint = 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'bold' | 'dim';

export interface Span {
  readonly text: string;
  readonly paint?: Paint;
}

/**
 * One line of output as data. The colour stands beside the text and not in it, so that whatever is in a text can be
 * escaped at the one place where lines become bytes.
 */
export type Line = string | readonly (string | Span)[];

export type Painter = (paint: Paint, text: string) => string;

export const noPaint: Painter = (_paint, text) => text;

/** The line as bytes for a terminal or a file, without the line end. */
export function printLine(line: Line, painter: Painter = noPaint): string {
  return spansOf(line)
    .map((span) => printSpan(span, painter))
    .join('');
}

export function printLines(lines: readonly Line[], painter: Painter = noPaint): string {
  return lines.map((line) => `${printLine(line, painter)}\n`).join('');
}

/** Columns on a terminal, after escaping. */
export function lineWidth(line: Line): number {
  return stringWidth(printLine(line));
}

export function joinLines(...lines: readonly Line[]): Line {
  return lines.flatMap(spansOf);
}

export function paint(paint: Paint, text: string): Span {
  return { text, paint };
}

/** Cuts a line to `width` columns; what is cut shows as `...`. */
export function truncateLine(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line;
  const kept: (string | Span)[] = [];
  let left = Math.max(0, width - 3);
  for (const span of spansOf(line)) {
    const text = cut(textOf(span), left);
    kept.push(typeof span === 'string' ? text : { ...span, text });
    left -= stringWidth(escapeText(text));
    if (text !== textOf(span)) break;
  }
  return [...kept, '...'];
}

function cut(text: string, width: number): string {
  let taken = '';
  for (const character of text) {
    if (stringWidth(escapeText(taken + character)) > width) return taken;
    taken += character;
  }
  return taken;
}

function spansOf(line: Line): readonly (string | Span)[] {
  return typeof line === 'string' ? [line] : line;
}

function textOf(span: string | Span): string {
  return typeof span === 'string' ? span : span.text;
}

function printSpan(span: string | Span, painter: Painter): string {
  if (typeof span === 'string') return escapeText(span);
  const text = escapeText(span.text);
  return span.paint && text !== '' ? painter(span.paint, text) : text;
}
