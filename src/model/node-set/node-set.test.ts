import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateNodeSet, foldNodeSet, MAX_NODE_SET_CHARS, nodeSetIncludes, parseNodeSet } from './index.ts';
import type { NodeSetContext, NodeSetResult } from './index.ts';

function cases(file: string): [input: string, expected: string][] {
  const text = readFileSync(join(import.meta.dirname, 'cases', file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const at = line.indexOf(' => ');
      return [line.slice(0, at), line.slice(at + 4)];
    });
}

function evaluate(text: string, context: NodeSetContext = {}): NodeSetResult {
  const parsed = parseNodeSet(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return evaluateNodeSet(parsed.value, context);
}

const fleet = ['lb1', 'lb2', 'lb3', 'lb10', 'web1'];
const groups: Readonly<Record<string, readonly string[]>> = {
  edge: ['lb1', 'lb2'],
  'role:edge': ['lb2', 'lb10'],
  rack1: ['lb1'],
  rack2: ['lb3', 'gone7'],
};
const context: NodeSetContext = { universe: fleet, group: (name) => groups[name] };

describe('node sets', () => {
  it.each(cases('clustershell.case'))('evaluates and folds %s as ClusterShell does', (input, expected) => {
    const [, fold, count, names] = /^(.*?) \((\d+)\) ?(.*)$/.exec(expected) ?? [];
    const result = evaluate(input).names;
    expect([...result].sort()).toEqual((names ?? '').split(' ').filter(Boolean).sort());
    expect(result).toHaveLength(Number(count));
    expect(foldNodeSet(result)).toBe(fold);
  });

  it.each(cases('refused.case'))('refuses %s', (input, expected) => {
    const parsed = parseNodeSet(input);
    expect(parsed.ok ? 'accepted' : `${parsed.error.code} ${parsed.error.column}`).toBe(expected);
  });

  it('refuses an empty text, a very long one and control characters', () => {
    const codes = [' ', 'a,'.repeat(MAX_NODE_SET_CHARS), 'lb1\0', 'lb1\u001b', 'lé'].map((text) => {
      const parsed = parseNodeSet(text);
      return parsed.ok ? 'accepted' : parsed.error.code;
    });
    expect(codes).toEqual([
      'node-set-empty',
      'node-set-too-long',
      'node-set-bad-character',
      'node-set-bad-character',
      'node-set-bad-character',
    ]);
  });

  it('sorts names naturally', () => {
    expect(evaluate('lb10 lb9 lb1').names).toEqual(['lb1', 'lb9', 'lb10']);
  });

  it('takes blanks as union, of the same rank as every other operator', () => {
    expect(evaluate('lb[1-3] !lb2 lb9').names).toEqual(['lb1', 'lb3', 'lb9']);
    expect(evaluate(' lb1 , lb2 ').names).toEqual(['lb1', 'lb2']);
  });

  it('matches globs and * against the known nodes only', () => {
    expect(evaluate('lb*', context).names).toEqual(['lb1', 'lb2', 'lb3', 'lb10']);
    expect(evaluate('lb?', context).names).toEqual(['lb1', 'lb2', 'lb3']);
    expect(evaluate('*!lb[1-3]', context).names).toEqual(['lb10', 'web1']);
    expect(evaluate('@*', context).names).toEqual(['lb1', 'lb2', 'lb3', 'lb10', 'web1']);
    expect(evaluate('lb[1-2]*', context).names).toEqual(['lb1', 'lb2', 'lb10']);
  });

  it('resolves groups, also by label and with ranges, and leaves out nodes that are gone', () => {
    expect(evaluate('@edge', context).names).toEqual(['lb1', 'lb2']);
    expect(evaluate('@role:edge!@edge', context).names).toEqual(['lb10']);
    expect(evaluate('@rack[1-2]', context).names).toEqual(['lb1', 'lb3']);
  });

  it('names the typed names and groups that nobody bears, on either side of an operator', () => {
    expect(evaluate('lb[1-5]!lb33,@nope', context)).toEqual({
      names: ['lb1', 'lb2', 'lb3'],
      unknown: ['lb4', 'lb5', 'lb33'],
      unknownGroups: ['nope'],
    });
  });

  it('includes a node enrolled later in a set kept as typed', () => {
    const parsed = parseNodeSet('@role:edge,lb*');
    expect(parsed.ok && nodeSetIncludes(parsed.value, 'lb77', () => [])).toBe(true);
    expect(
      parsed.ok && nodeSetIncludes(parsed.value, 'web77', (name) => (name === 'role:edge' ? ['web77'] : [])),
    ).toBe(true);
    expect(parsed.ok && nodeSetIncludes(parsed.value, 'web78', () => [])).toBe(false);
  });

  it('answers a hostile glob in linear time', () => {
    const glob = `${'a*'.repeat(2_000)}b`;
    expect(evaluate(glob, { universe: ['a'.repeat(5_000)] }).names).toEqual([]);
  });

  it('folds nothing to the empty text', () => {
    expect(foldNodeSet([])).toBe('');
  });

  it('folds 8,000 irregular two-dimensional names without going quadratic', () => {
    const names = Array.from({ length: 8_000 }, (_, i) => `dc${(i * 7919) % 1_009}lb${(i * 104_729) % 997}`);
    expect(new Set(evaluate(foldNodeSet(names)).names)).toEqual(new Set(names));
  });
});

const digits = fc.oneof(
  fc.nat(30).map(String),
  fc.nat(120).map((n) => String(n).padStart(3, '0')),
  fc.nat(12).map((n) => String(n).padStart(2, '0')),
  fc.constant('12345678901234567890'),
);
const name = fc
  .array(fc.oneof(digits, fc.constantFrom('lb', 'dc', '-', '.x', 'a', '_')), { minLength: 1, maxLength: 6 })
  .map((pieces) => pieces.join(''));

describe('node set properties', () => {
  it('evaluates what was folded back to the same names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 60 }), (names) => {
        const folded = foldNodeSet(names);
        expect([...evaluate(folded, { universe: names }).names].sort()).toEqual([...names].sort());
      }),
      { numRuns: 1_000 },
    );
  });

  it('folds alike whatever the order and the repetitions', () => {
    const shuffled = fc
      .uniqueArray(name, { maxLength: 40 })
      .chain((names) =>
        fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })),
      );
    fc.assert(
      fc.property(shuffled, ([names, other]) => {
        expect(foldNodeSet([...other, ...other])).toBe(foldNodeSet(names));
      }),
      { numRuns: 1_000 },
    );
  });

  it('answers any text with a set or an error that points into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const parsed = parseNodeSet(text);
        if (!parsed.ok) expect(parsed.error.column).toBeGreaterThan(0);
        else evaluateNodeSet(parsed.value, context);
      }),
      { numRuns: 3_000 },
    );
  });
});
