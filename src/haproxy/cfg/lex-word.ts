import { lexVariable } from './lex-variable.ts';
import type { Fault, Word } from './tree.ts';

/** Characters that mean themselves wherever they stand. HAProxy's isspace() is ASCII: U+00A0 is an ordinary letter. */
const PLAIN = /[^ \t\v\f\r\n\0"'\\#]+/y;
const HEX = /^[0-9A-Fa-f]{2}$/;
const ESCAPES: Readonly<Record<string, string>> = {
  ' ': ' ',
  '\\': '\\',
  '#': '#',
  "'": "'",
  '"': '"',
  t: '\t',
  n: '\n',
  r: '\r',
};

/** The line being read, as a part of the whole text. */
export interface LineText {
  readonly text: string;
  readonly start: number;
  readonly stop: number;
  /** Receives what is wrong, with offsets into the text as columns. */
  readonly faults: Fault[];
}

/**
 * Reads the word at `at`, following HAProxy's parse_line() rather than the manual where they differ:
 * outside double quotes `\$` stays two characters, and `\` before a tab or the end of the line is itself.
 */
export function lexWord(line: LineText, at: number): Word {
  const { text, stop } = line;
  PLAIN.lastIndex = at;
  const end = PLAIN.test(text) ? PLAIN.lastIndex : at;
  if (end >= stop || endsWord(text.charCodeAt(end))) {
    const source = text.slice(at, Math.min(end, stop));
    return { type: 'word', source, value: source };
  }
  return lexQuoted(line, at);
}

/** Blanks, NUL and `#`: all that is not PLAIN, quotes and backslash apart. */
function endsWord(code: number): boolean {
  return code === 32 || code === 35 || code === 0 || (code >= 9 && code <= 13);
}

function lexQuoted(line: LineText, at: number): Word {
  const { text, stop, faults } = line;
  let quote = '';
  let quoteAt = at;
  let value = '';
  let spreads = false;
  const variables: string[] = [];
  let pos = at;
  while (pos < stop) {
    const char = text[pos] ?? '';
    // A CR and a NUL end the line for HAProxy, even inside quotes.
    if (char === '\r' || char === '\0') break;
    if (char === quote) {
      quote = '';
      pos++;
    } else if (quote === "'") {
      value += char;
      pos++;
    } else if (char === '\\') {
      const escape = lexEscape(line, pos, quote);
      value += escape.value;
      pos = escape.next;
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      quoteAt = pos++;
    } else if (quote === '"' && char === '$') {
      const variable = lexVariable(text, pos, stop);
      if (variable.fault) faults.push(variable.fault);
      if (variable.name !== undefined) variables.push(variable.name);
      spreads ||= variable.spreads === true;
      value += text.slice(pos, variable.next);
      pos = variable.next;
    } else if (quote === '' && endsWord(text.charCodeAt(pos))) {
      break;
    } else {
      value += char;
      pos++;
    }
  }
  if (quote !== '') faults.push({ code: 'unmatched-quote', column: quoteAt });
  return {
    type: 'word',
    source: text.slice(at, pos),
    value: cutAtNul(value),
    ...(variables.length > 0 && { variables }),
    ...(spreads && { spreads }),
  };
}

function lexEscape(line: LineText, at: number, quote: string) {
  const next = at + 1 < line.stop ? (line.text[at + 1] ?? '') : '';
  if (next === 'x') return lexHex(line, at);
  const meant = next === '$' && quote === '"' ? '$' : ESCAPES[next];
  return meant === undefined ? { value: '\\', next: at + 1 } : { value: meant, next: at + 2 };
}

/** `\xNN` is one byte for HAProxy; here it is the character with that code, which is the same up to 7F. */
function lexHex({ text, stop, faults }: LineText, at: number) {
  const digits = text.slice(at + 2, Math.min(at + 4, stop));
  if (HEX.test(digits)) return { value: String.fromCharCode(Number.parseInt(digits, 16)), next: at + 4 };
  faults.push({ code: 'bad-hex-escape', column: at });
  return { value: '\\', next: at + 1 };
}

/** Words are C strings: `a\x00b` is `a` in 2.6, 3.0 and 3.2. */
function cutAtNul(value: string): string {
  const nul = value.indexOf('\0');
  return nul === -1 ? value : value.slice(0, nul);
}
