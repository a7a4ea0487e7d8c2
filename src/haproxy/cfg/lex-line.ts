import { lexWord } from './lex-word.ts';
import type { LineText } from './lex-word.ts';
import type { Comment, Fault, Ignored, Line, LineEnd, LineKind, Space, Token, Word } from './tree.ts';

/** HAProxy's MAX_LINE_ARGS. There is no limit to the length of a line: its buffer grows. */
const MAX_WORDS = 64;
const INDENT = /[ \t\v\f\r]+/y;
/** A CR behind a space is one more space; behind anything else it ends the line. */
const GAP = /[ \t\v\f][ \t\v\f\r]*/y;
const ONE_SPACE: Space = { type: 'space', source: ' ' };
const NO_FAULTS: readonly Fault[] = [];

/** Cuts the line that begins at `start` into tokens. `stop` is where its line end `end` begins. Never fails. */
export function lexLine(text: string, start: number, stop: number, end: LineEnd): Line {
  const line: LineText = { text, start, stop, faults: [] };
  const tokens: Token[] = [];
  const words: Word[] = [];
  for (let at = start; at < stop;) {
    const token = lexToken(line, at, words.length === 0);
    tokens.push(token);
    if (token.type === 'word') words.push(token);
    at += token.source.length;
  }
  if (words.length > MAX_WORDS)
    line.faults.push({ code: 'too-many-words', column: start + excessOffset(tokens) });
  return { kind: kindOf(tokens, words), tokens, words, end, faults: withColumns(line) };
}

function lexToken(line: LineText, at: number, isFront: boolean): Token {
  const { text, start } = line;
  const code = text.charCodeAt(at);
  if (isSpace(code) && (code !== CR || at === start)) return lexSpace(line, at);
  if (code === HASH) return restOf('comment', line, at);
  // A bracket in front makes the line a scope; no word is read from it.
  if (code === CR || code === 0 || (code === BRACKET && isFront)) return restOf('ignored', line, at);
  return lexWord(line, at);
}

const [CR, HASH, BRACKET] = [13, 35, 91];

/** isspace() in the C locale, without LF, which never gets here. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function lexSpace({ text, start, stop }: LineText, at: number): Space {
  const pattern = at === start ? INDENT : GAP;
  pattern.lastIndex = at;
  pattern.test(text);
  const end = Math.min(pattern.lastIndex, stop);
  return end === at + 1 && text[at] === ' ' ? ONE_SPACE : { type: 'space', source: text.slice(at, end) };
}

/** A NUL stops HAProxy wherever it stands, in comments too. */
function restOf(
  type: 'comment' | 'ignored',
  { text, stop, faults }: LineText,
  at: number,
): Comment | Ignored {
  const source = text.slice(at, stop);
  const nul = source.indexOf('\0');
  if (nul !== -1) faults.push({ code: 'nul-byte', column: at + nul });
  return { type, source };
}

function withColumns({ faults, start }: LineText): readonly Fault[] {
  if (faults.length === 0) return NO_FAULTS;
  return faults.map(({ code, column }) => ({ code, column: column - start + 1 }));
}

/** Where the first word too many begins, counted from the start of the line. */
function excessOffset(tokens: readonly Token[]): number {
  let words = 0;
  let offset = 0;
  for (const token of tokens) {
    if (token.type === 'word' && words++ === MAX_WORDS) return offset;
    offset += token.source.length;
  }
  return offset;
}

function kindOf(tokens: readonly Token[], words: readonly Word[]): LineKind {
  const first = words[0];
  if (first) return first.value.startsWith('.') ? 'directive' : 'keyword';
  const last = tokens.find((token) => token.type !== 'space');
  if (last?.type === 'comment') return 'comment';
  return last?.type === 'ignored' && last.source.startsWith('[') ? 'scope' : 'blank';
}
