import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  decodeServerState,
  freshnessOf,
  type ServerState,
  type ServerStateFacts,
  worstVerdict,
} from './index.ts';

interface StateCase {
  readonly title: string;
  readonly line: string;
  readonly expected: string;
}

/** A story line, then `columns => meaning`. */
function stateCases(): StateCase[] {
  const text = readFileSync(join(import.meta.dirname, 'cases/states.case'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Array.from({ length: lines.length / 2 }, (_, i) => {
    const [line = '', expected = ''] = (lines[2 * i + 1] ?? '').split(' => ');
    return { title: lines[2 * i] ?? '', line, expected };
  });
}

function facts(line: string): ServerStateFacts {
  const words = line.split(' ');
  const [op = 0, adm = 0, sta = 0, res = 0, hlt = 0, chk = 0, agt = 0] = words.slice(0, 7).map(Number);
  const extra = new Map(words.slice(7).map((word) => [word.split(':')[0], word.split(':')[1] ?? '']));
  const weight = Number(extra.get('weight') ?? 100);
  return {
    operationalState: op,
    adminFlags: adm,
    checkStatus: sta,
    checkResult: res,
    checkHealth: hlt,
    checkState: chk,
    agentState: agt,
    userWeight: weight,
    initialWeight: Number(extra.get('initial') ?? weight),
    ...(extra.has('file') ? { configDisabled: true } : {}),
    ...(extra.has('nofile') ? { configDisabled: false } : {}),
    ...(extra.has('tracked') ? { tracked: true } : {}),
    ...(extra.has('rise') ? { rise: Number(extra.get('rise')) } : {}),
    ...(extra.has('intent')
      ? { intent: { state: extra.get('intent') === 'maint' ? 'maint' : 'drain' } }
      : {}),
  };
}

function describeState(state: ServerState): string {
  return [
    state.word,
    state.adminCauses.join('+') || '-',
    state.usable ? 'usable' : 'unusable',
    state.health,
    ...(state.outAtReload ? ['out-at-reload'] : []),
    ...(state.downByAgent ? ['by-agent'] : []),
    ...(state.zeroWeight ? ['zero-weight'] : []),
    ...(state.weightChanged ? ['weight-changed'] : []),
  ].join(' ');
}

describe('the state of one server', () => {
  it.each(stateCases())('$title', ({ line, expected }) => {
    expect(describeState(decodeServerState(facts(line)))).toBe(expected);
  });

  it('reads an operational state of a later HAProxy as stopped, never as usable', () => {
    expect(decodeServerState(facts('9 0 15 3 5 6 0')).usable).toBe(false);
  });

  it('is never usable in drain or maint, whatever the other columns say', () => {
    for (let mask = 0; mask < 128; mask++)
      for (let op = 0; op < 4; op++) {
        const state = decodeServerState(facts(`${op} ${mask} 15 3 5 6 0`));
        expect(state.admin === 'ready').toBe(state.adminCauses.length === 0);
        if (state.usable) expect(mask & ~(4 | 64)).toBe(0);
      }
  });
});

describe('the age of a reading', () => {
  it('makes it stale after 15 s and unknown after 60 s, never a fact', () => {
    expect([0, 15_000, 15_001, 60_000, 60_001, undefined].map(freshnessOf)).toEqual([
      'fresh',
      'fresh',
      'stale',
      'stale',
      'unknown',
      'unknown',
    ]);
  });
});

describe('the worst of several verdicts', () => {
  it('is CRITICAL before UNKNOWN before WARNING, and OK of none', () => {
    expect(worstVerdict(['OK', 'WARNING', 'UNKNOWN', 'CRITICAL'])).toBe('CRITICAL');
    expect(worstVerdict(['OK', 'UNKNOWN', 'WARNING'])).toBe('UNKNOWN');
    expect(worstVerdict(['OK', 'WARNING'])).toBe('WARNING');
    expect(worstVerdict([])).toBe('OK');
  });
});
