import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTogether, encodeCommand, MAX_LINE_BYTES } from './encode.ts';
import { RuntimeError } from './errors.ts';

/** What HAProxy makes of its input: commands, each a list of words. `hang` where it would wait for a payload. */
function tokenize(input: string): { commands: string[][]; hang: boolean } {
  const commands: string[][] = [];
  for (const line of input.split('\n').slice(0, -1)) {
    // 2.6 looks at the last two bytes of the line; 3.0+ at the beginning of the last word.
    if (line.endsWith('<<') || /(^|[ \t])<<[^ \t]*$/.test(line)) return { commands, hang: true };
    commands.push(...tokenizeLine(line));
  }
  return { commands, hang: false };
}

function tokenizeLine(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '\\') word = (word ?? '') + line.charAt(++at);
    else if (character === ' ' || character === '\t') endWord();
    else if (character === ';') {
      endWord();
      commands.push([]);
    } else word = (word ?? '') + character;
  }
  endWord();
  return commands.filter((words) => words.length > 0);
}

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof RuntimeError) return `${error.code} ${error.outcome}`;
    throw error;
  }
  return 'accepted';
}

const anyWord = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(';', ' ', '\t', '\\', '<', '\n', '\r', '\0', '"', '#', '$', 'a', '@', '1'),
  }),
);

describe('encodeCommand', () => {
  it('gives exactly one command with exactly these words, or refuses, whatever the words', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 6 }), (words) => {
        let line: string;
        try {
          line = encodeCommand(words);
        } catch (error) {
          expect(error).toBeInstanceOf(RuntimeError);
          return;
        }
        expect(tokenize(`${line}\n`)).toEqual({ commands: [words], hang: false });
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses nothing but control characters, empty words, broken Unicode and a payload mark', () => {
    const harmless = fc.string({
      unit: fc.constantFrom(';', ' ', '\t', '\\', '<', '>', '"', "'", 'ò', 'a'),
      minLength: 1,
    });
    fc.assert(
      fc.property(harmless, harmless, (a, b) => {
        fc.pre(!b.startsWith('<<'));
        expect(tokenize(`${encodeCommand([a, b])}\n`)).toEqual({ commands: [[a, b]], hang: false });
      }),
    );
  });

  it.each([['a\nb'], ['a\r'], ['\0'], ['\u001b[0m'], ['\u007f'], [''], ['\ud800']])(
    'refuses the word %j',
    (word) => {
      expect(codeOf(() => encodeCommand(['set', word, 'x']))).toBe('word-refused not-sent');
    },
  );

  it('refuses a last word that begins a payload, and an empty command', () => {
    expect(codeOf(() => encodeCommand(['add', 'map', '<<']))).toBe('word-refused not-sent');
    expect(codeOf(() => encodeCommand(['add', 'map', '<<EOF']))).toBe('word-refused not-sent');
    expect(codeOf(() => encodeCommand([]))).toBe('word-refused not-sent');
  });

  it('has no way to ask for the whole environment', () => {
    expect(codeOf(() => encodeCommand(['show', 'env']))).toBe('word-refused not-sent');
    expect(encodeCommand(['show', 'env', 'HOME'])).toBe('show env HOME');
  });

  it('leaves no line that ends in << for 2.6 to wait at', () => {
    expect(encodeCommand(['get', 'weight', 'b/s<<'])).toBe('get weight b/s\\<\\<');
  });

  it('refuses lines over 15,000 bytes, counted in bytes and together', () => {
    expect(codeOf(() => encodeCommand(['x', 'a'.repeat(MAX_LINE_BYTES)]))).toBe('line-too-long not-sent');
    expect(codeOf(() => encodeCommand(['x', 'ò'.repeat(MAX_LINE_BYTES / 2)]))).toBe('line-too-long not-sent');
    const half = encodeCommand(['x', 'a'.repeat(8_000)]);
    expect(codeOf(() => checkTogether([half, half]))).toBe('line-too-long not-sent');
    expect(codeOf(() => checkTogether([half]))).toBe('accepted');
  });
});
