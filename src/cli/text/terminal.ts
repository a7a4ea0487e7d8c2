import pc from 'picocolors';
import type { Paint, Painter } from './line.ts';

/** What decides colours and glyphs, as data. */
export interface TerminalFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTty: boolean;
  /** `--color=WHEN`; `--no-color` is `never`. */
  readonly colour?: 'auto' | 'always' | 'never' | undefined;
}

/** A flag beats the environment; NO_COLOR beats CLICOLOR_FORCE (no-color.org: any value but the empty one). */
export function wantsColour({ env, isTty, colour }: TerminalFacts): boolean {
  if (colour === 'always') return true;
  if (colour === 'never' || isSet(env['NO_COLOR'])) return false;
  if (isSet(env['CLICOLOR_FORCE']) && env['CLICOLOR_FORCE'] !== '0') return true;
  return isTty && env['TERM'] !== 'dumb';
}

export function createPainter(colours: boolean): Painter {
  const painters: Readonly<Record<Paint, (text: string) => string>> = pc.createColors(colours);
  return (paint, text) => painters[paint](text);
}

/** Words for the states always stand beside them: colour or shape alone tells nobody who cannot see it. */
export interface Glyphs {
  readonly up: string;
  readonly goingUp: string;
  readonly goingDown: string;
  readonly down: string;
  readonly drain: string;
  readonly maint: string;
  readonly noCheck: string;
  readonly unknown: string;
}

export const UNICODE_GLYPHS: Glyphs = {
  up: '●',
  goingUp: '▲',
  goingDown: '▼',
  down: '✕',
  drain: '◐',
  maint: '‖',
  noCheck: '○',
  unknown: '?',
};

export const ASCII_GLYPHS: Glyphs = {
  up: 'U',
  goingUp: '^',
  goingDown: 'v',
  down: 'X',
  drain: 'D',
  maint: 'M',
  noCheck: '-',
  unknown: '?',
};

/** ASCII for HAFLEET_ASCII=1 and for every locale that does not say UTF-8. */
export function chooseGlyphs(env: Readonly<Record<string, string | undefined>>): Glyphs {
  if (isSet(env['HAFLEET_ASCII']) && env['HAFLEET_ASCII'] !== '0') return ASCII_GLYPHS;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(isSet) ?? '';
  return /utf-?8/i.test(locale) ? UNICODE_GLYPHS : ASCII_GLYPHS;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
