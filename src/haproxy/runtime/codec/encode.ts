import { RuntimeError } from './errors.ts';
import { excerpt } from './excerpt.ts';

declare const brand: unique symbol;

/**
 * One command, escaped, without its newline. Only {@link encodeCommand} makes one, and transports take nothing else:
 * so no text from a person or from the network can ever begin a second command.
 */
export type Command = string & { readonly [brand]: 'command' };

/** tune.bufsize is 16384 by default and the whole line must fit; 3.2+ counts all `;` commands of a line together. */
export const MAX_LINE_BYTES = 15_000;

const encoder = new TextEncoder();

/**
 * Joins words to one command line. HAProxy splits at spaces and tabs, ends a command at `;` and takes a backslash as
 * the escape of the next character; quotes, `#` and `$` are literal. `<` is escaped as well: 2.6 takes every line whose
 * last two bytes are `<<` for the start of a payload, whatever stands before them, and swallows the lines that follow.
 * Throws `word-refused` or `line-too-long`, outcome `not-sent`.
 */
export function encodeCommand(words: readonly string[]): Command {
  if (words.length === 0) throw new RuntimeError('word-refused', 'A command needs at least one word.');
  for (const word of words) refuseWord(word);
  refuseWholeEnvironment(words);
  refuseLastWord(words.at(-1) ?? '');
  const line = words.map(escapeWord).join(' ');
  refuseLength([line]);
  return line as Command;
}

/** Checks that several commands may travel on one `;` line. Throws `line-too-long`. */
export function checkTogether(commands: readonly Command[]): void {
  refuseLength(commands);
}

function escapeWord(word: string): string {
  return word.replace(/[ \t;\\<]/g, '\\$&');
}

function refuseWord(word: string): void {
  // An empty word would vanish and the next one take its place.
  if (word === '') throw new RuntimeError('word-refused', 'A word of a command is empty.');
  // A newline ends the command; 3.2+ also answers a stray CR; no control character but tab has a use.
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(word))
    throw new RuntimeError('word-refused', `A word holds a control character: ${excerpt(word)}`);
  // A lone surrogate has no UTF-8 and would reach HAProxy as another character.
  if (/\p{Surrogate}/u.test(word))
    throw new RuntimeError('word-refused', `A word is not valid Unicode: ${excerpt(word)}`);
}

/** `show env` without a name prints every variable of the process, secrets included. */
function refuseWholeEnvironment(words: readonly string[]): void {
  if (words.length === 2 && words[0] === 'show' && words[1] === 'env')
    throw new RuntimeError('word-refused', '`show env` needs the name of a variable.');
}

function refuseLastWord(word: string): void {
  // `<<` at the beginning of the last word announces a payload. Escaped it would not, but nothing asks for such a word.
  if (word.startsWith('<<'))
    throw new RuntimeError('word-refused', `The last word begins a payload: ${excerpt(word)}`);
}

function refuseLength(lines: readonly string[]): void {
  const bytes = lines.reduce((sum, line) => sum + encoder.encode(line).length + 2, 0);
  if (bytes > MAX_LINE_BYTES)
    throw new RuntimeError('line-too-long', `The line has ${bytes} bytes, more than ${MAX_LINE_BYTES}.`);
}
