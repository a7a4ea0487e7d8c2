import type { Env } from './config/index.ts';
import {
  chooseGlyphs,
  createPainter,
  printLine,
  printLines,
  wantsColour,
  type Glyphs,
  type Line,
  type TerminalFacts,
} from './text/index.ts';
import type { Sink } from './world.ts';

/** One of the two streams, with what it can show. Every line is escaped on its way out. */
export interface Output {
  readonly isTty: boolean;
  readonly glyphs: Glyphs;
  /** Columns to cut tables at: on a terminal alone. */
  readonly width: number | undefined;
  lines(lines: readonly Line[]): void;
  line(line: Line): void;
  /** Text that is made for machines and escaped already. */
  raw(text: string): void;
  /** On a terminal: replaces the live line. Anything printed later goes above nothing: the live line is wiped first. */
  live(line: Line): void;
  clearLive(): void;
}

const WIPE_LINE = '\r\x1b[K';

export function createOutput(sink: Sink, env: Env, colour: TerminalFacts['colour']): Output {
  const isTty = sink.isTTY === true;
  const painter = createPainter(wantsColour({ env, isTty, colour }));
  let liveShown = false;
  const clearLive = () => {
    if (liveShown) sink.write(WIPE_LINE);
    liveShown = false;
  };
  return {
    isTty,
    glyphs: chooseGlyphs(env),
    get width() {
      return isTty ? (sink.columns ?? 80) : undefined;
    },
    lines(lines) {
      clearLive();
      if (lines.length > 0) sink.write(printLines(lines, painter));
    },
    line(line) {
      this.lines([line]);
    },
    raw(text) {
      clearLive();
      sink.write(text);
    },
    live(line) {
      sink.write(WIPE_LINE + printLine(line, painter));
      liveShown = true;
    },
    clearLive,
  };
}
