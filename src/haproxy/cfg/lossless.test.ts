import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  insertLineAfter,
  linesOf,
  parseConfig,
  printConfig,
  quoteWord,
  readConfigModel,
  removeLine,
} from './index.ts';

/** Any sequence of UTF-16 units: NULs, lone surrogates, everything. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const anyText = fc.oneof(
  fc.string({ unit: anyUnit }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);

/** Pieces that mean something to HAProxy, in any order. */
const KEYWORDS =
  `global defaults backend listen peers server server-template default-server option no stats socket
  stick-table acl use_backend from check weight id 1 1-3 10.0.0.1:80 .if .elif .else .endif .notice .x [scope] ,map(x)
  set-map(x) -f -M { } %[ # " ' \\ \\" \\' \\# \\x41 \\x4 $ "$A" "\${A-b" "\${A[*]}" "\${ ""`.split(/\s+/);
const SPACES = [' ', '  ', '\t', '\v', '\f', '\n', '\n    ', '\r\n', '\r', '\0', '\\ '];
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...KEYWORDS) },
  { weight: 5, arbitrary: fc.constantFrom(...SPACES) },
  { weight: 1, arbitrary: fc.string({ unit: anyUnit, maxLength: 3 }) },
);
const configText = fc.array(piece, { maxLength: 80 });
const text = fc.oneof(
  anyText,
  configText.map((pieces) => pieces.join('')),
);

describe('the tree', () => {
  it('prints back every text exactly', () => {
    fc.assert(
      fc.property(text, (text) => printConfig(parseConfig(text)) === text),
      { numRuns: 3000 },
    );
  });

  it('is the same when its own print is parsed', () => {
    fc.assert(
      fc.property(text, (text) => {
        const tree = parseConfig(text);
        expect(parseConfig(printConfig(tree))).toEqual(tree);
      }),
    );
  });

  it('covers each line with tokens, none of them empty, and ends only the last line without LF', () => {
    fc.assert(
      fc.property(text, (text) => {
        const lines = linesOf(parseConfig(text));
        for (const [index, { tokens, words, end }] of lines.entries()) {
          expect(tokens.every(({ source }) => source !== '' && !source.includes('\n'))).toBe(true);
          expect(words).toEqual(tokens.filter(({ type }) => type === 'word'));
          expect(end === '' ? index : -1).toBe(end === '' ? lines.length - 1 : -1);
        }
      }),
    );
  });

  it('numbers its sections without a gap', () => {
    fc.assert(
      fc.property(text, (text) => {
        let next = 1;
        for (const { firstLine, lines } of parseConfig(text).sections) {
          expect(firstLine).toBe(next);
          next += lines.length;
        }
        expect(next - 1).toBe(linesOf(parseConfig(text)).length);
      }),
    );
  });

  it('points every diagnostic, those of the model too, into the text', () => {
    fc.assert(
      fc.property(text, (text) => {
        const tree = parseConfig(text);
        const lines = linesOf(tree).map(({ tokens }) => tokens.map(({ source }) => source).join(''));
        for (const { line, column } of readConfigModel([tree]).diagnostics) {
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
          expect(lines[line - 1]).toBeDefined();
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an edit', () => {
  it('that is taken back leaves the same text and the same line objects', () => {
    fc.assert(
      fc.property(text, fc.nat(), (text, pick) => {
        const tree = parseConfig(text + '\n');
        const before = linesOf(tree);
        const number = 1 + (pick % before.length);
        const after = removeLine(insertLineAfter(tree, number, 'server new 10.0.0.9:80'), number + 1);
        expect(printConfig(after)).toBe(text + '\n');
        expect(linesOf(after).every((line, index) => line === before[index])).toBe(true);
      }),
    );
  });
});

describe('quoting', () => {
  it('writes any value but NUL so that it is read back as one word', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(anyUnit, fc.constantFrom('"', "'", '\\', '$', '#', '{', ' ', '\n', '\r', '\t')),
        }),
        (value) => {
          fc.pre(!value.includes('\0'));
          const [line] = linesOf(parseConfig(`x ${quoteWord(value)} y\n`));
          expect(line?.faults).toEqual([]);
          expect(line?.words.map((word) => word.value)).toEqual(['x', value, 'y']);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
