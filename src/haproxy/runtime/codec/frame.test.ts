import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FIXTURE_VERSIONS,
  readAnswer,
  readRawAnswer,
  type FixtureVersion,
} from '../../../../test/support/runtime-fixtures.ts';
import type { Answer } from './answer.ts';
import { RuntimeError } from './errors.ts';
import { createFramer, type Framer } from './frame.ts';
import { createStreamFramer } from './stream-frame.ts';

const NAMES = [
  'show_info',
  'show_servers_state',
  'show_table_b',
  'show_peers',
  'bogus',
  'help',
  'show_version',
];
const prompt = (): Framer => createFramer({ kind: 'prompt', prompts: ['> '] });
const eof = (): Framer => createFramer({ kind: 'until-eof' });

/** Cuts a text at the places given as parts of its length. */
function split(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [
    0,
    ...places.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b),
    bytes.length,
  ];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function feed(framer: Framer, chunks: readonly Uint8Array[]): (Answer | undefined)[] {
  return chunks.filter((chunk) => chunk.length > 0).map((chunk) => framer.push(chunk));
}

function endCode(framer: Framer): string {
  try {
    return `answer ${framer.end().size}`;
  } catch (error) {
    return error instanceof RuntimeError ? `${error.code} ${error.outcome}` : String(error);
  }
}

const fixture = fc.tuple(fc.constantFrom<FixtureVersion[]>(...FIXTURE_VERSIONS), fc.constantFrom(...NAMES));
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

describe('prompt framing', () => {
  it('gives the same answer at the same byte, however the bytes are split', () => {
    fc.assert(
      fc.property(fixture, cuts, ([version, name], places) => {
        const bytes = Buffer.concat([readRawAnswer(version, name), Buffer.from('> ')]);
        const answers = feed(prompt(), split(bytes, places));
        expect(answers.slice(0, -1).filter(Boolean)).toEqual([]);
        expect(answers.at(-1)?.text()).toBe(readAnswer(version, name));
      }),
    );
  });

  it('never ends before the prompt, and a connection that ends there was cut', () => {
    fc.assert(
      fc.property(fixture, fc.double({ min: 0, max: 0.9999, noNaN: true }), ([version, name], part) => {
        const bytes = Buffer.concat([readRawAnswer(version, name), Buffer.from('> ')]);
        const framer = prompt();
        const [start = Buffer.of()] = split(bytes, [part]);
        expect(feed(framer, [start]).filter(Boolean)).toEqual([]);
        expect(endCode(framer)).toBe(start.length === 0 ? 'empty-answer unknown' : 'answer-cut unknown');
      }),
    );
  });

  it('takes exactly one newline before the prompt as silent success', () => {
    expect(prompt().push(Buffer.from('\n> '))?.size).toBe(0);
    expect(prompt().push(Buffer.from('> '))).toBeUndefined();
  });

  it('goes on after a body line that begins with the prompt', () => {
    const framer = prompt();
    expect(feed(framer, [Buffer.from('1\nX=a\n> '), Buffer.from('b\n> ')]).filter(Boolean)).toEqual([]);
    expect(framer.push(Buffer.from('c\n\n> '))?.text()).toBe('1\nX=a\n> b\n> c\n');
  });

  it('ends after an error of 2.6 that comes without its empty line', () => {
    expect(prompt().push(Buffer.from('No such server.\n> '))?.text()).toBe('No such server.\n');
  });

  it('knows each of several prompts', () => {
    const prompts = ['master> ', 'master[ReloadFailed]> '];
    for (const token of prompts) {
      const framer = createFramer({ kind: 'prompt', prompts });
      expect(feed(framer, [Buffer.from('3.0\n'), Buffer.from(`\n${token.slice(0, -1)}`)])).toEqual([
        undefined,
        undefined,
      ]);
      expect(framer.push(Buffer.from(' '))?.text()).toBe('3.0\n');
    }
  });

  it('refuses to hold more than the limit', () => {
    const framer = createFramer({ kind: 'prompt', prompts: ['> '] }, 10);
    expect(() => framer.push(Buffer.alloc(11))).toThrow(/more than 10 bytes/);
  });

  it('takes an answer of 3 MB in single reads without copying it each time', () => {
    const framer = prompt();
    const chunk = Buffer.from('0x55 key=/room use=0 exp=299981 server_id=11\n'.repeat(23));
    const started = performance.now();
    for (let sent = 0; sent < 3_000_000; sent += chunk.length) framer.push(chunk);
    expect(framer.push(Buffer.from('\n> '))?.size).toBeGreaterThan(3_000_000);
    // Growing one buffer a read copies 4 GB and takes more than a second.
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('framing until end of file', () => {
  it('gives the same answer however the bytes are split', () => {
    fc.assert(
      fc.property(fixture, cuts, ([version, name], places) => {
        const framer = eof();
        feed(framer, split(readRawAnswer(version, name), places));
        expect(framer.end().text()).toBe(readAnswer(version, name));
      }),
    );
  });

  it('takes an early end for a cut, never for a shorter answer', () => {
    fc.assert(
      fc.property(fixture, fc.double({ min: 0, max: 0.9999, noNaN: true }), ([version, name], part) => {
        const raw = readRawAnswer(version, name);
        const [start = Buffer.of()] = split(raw, [part]);
        // A second empty line at the end (`show peers`) may be missing: no line of the body is.
        fc.pre(start.toString().trimEnd() !== raw.toString().trimEnd());
        const framer = eof();
        feed(framer, [start]);
        const code = endCode(framer);
        // `bogus` is an error; its first line alone is the same error.
        if (name !== 'bogus') expect(code).toMatch(/^(answer-cut|empty-answer) unknown$/);
      }),
    );
  });

  it.each([
    ['', 'empty-answer unknown'],
    ['\n', 'answer 0'],
    ['\n\n', 'answer 1'],
    ['2.6.12\n', 'answer-cut unknown'],
    ['2.6.12\n\n', 'answer 7'],
    ['No such server.\n', 'answer 16'],
    ['\nhealth checks are not enabled on this server\n', 'answer 46'],
    ['No such serv', 'answer-cut unknown'],
  ])('takes %j for: %s', (text, code) => {
    const framer = eof();
    feed(framer, [Buffer.from(text)]);
    expect(endCode(framer)).toBe(code);
  });
});

describe('a streamed answer', () => {
  it('hands on every byte and judges the end as a collected one does', () => {
    fc.assert(
      fc.property(fixture, cuts, fc.boolean(), ([version, name], places, whole) => {
        const raw = readRawAnswer(version, name);
        const bytes = whole ? raw : raw.subarray(0, Math.floor(raw.length / 2));
        const seen: Uint8Array[] = [];
        const stream = createStreamFramer((chunk) => seen.push(chunk));
        const collected = eof();
        for (const chunk of split(bytes, places)) {
          stream.push(chunk);
          collected.push(chunk);
        }
        expect(Buffer.concat(seen).equals(bytes)).toBe(true);
        const codes = [stream, collected].map((framer) => {
          try {
            return framer.end().size;
          } catch (error) {
            return (error as RuntimeError).code;
          }
        });
        expect(codes[0]).toBe(codes[1]);
      }),
    );
  });
});
