import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  backendVerdict,
  decodeServerState,
  foldServerStates,
  freshnessOf,
  serverVerdict,
  type ServerSighting,
  type ServerState,
  type ServerStateFacts,
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

const up = decodeServerState(facts('2 0 15 3 5 6 0'));
const goingDown = decodeServerState(facts('2 0 17 2 4 6 0'));
const down = decodeServerState(facts('0 0 17 2 0 6 0'));
const drain = decodeServerState(facts('2 8 15 3 5 6 0'));
const maint = decodeServerState(facts('0 1 15 3 0 14 0'));
const zero = decodeServerState(facts('2 0 15 3 5 6 0 weight:0'));

function see(where: string, state: ServerState, ageMs = 500): ServerSighting {
  return { where, state, ageMs };
}

function texts(sightings: readonly ServerSighting[]): string[] {
  return foldServerStates(sightings).groups.map(({ text, where }) => `${text} ${where}`);
}

describe('a server over the fleet', () => {
  it('names the majority first and the outlier by its node', () => {
    const seen = [see('lb3', down), see('lb1', up), see('lb2', up), see('lb10', up)];
    expect(texts(seen)).toEqual(['UP lb[1-2,10]', 'DOWN lb3']);
    expect(foldServerStates(seen)).toMatchObject({ disagree: true, usableOn: 3, seenOn: 4 });
  });

  it('puts the worse first among equals', () => {
    expect(texts([see('lb1', up), see('lb2', down)])).toEqual(['DOWN lb2', 'UP lb1']);
  });

  it('does not call it a disagreement when one instance is a check behind', () => {
    expect(foldServerStates([see('lb1', up), see('lb2', goingDown)]).disagree).toBe(false);
    expect(foldServerStates([see('lb1', drain), see('lb2', maint)]).disagree).toBe(true);
  });

  it('tells weight 0 from in use', () => {
    expect(texts([see('lb1', up), see('lb2', up), see('lb3', zero)])).toEqual([
      'UP lb[1-2]',
      'UP weight 0 lb3',
    ]);
    expect(foldServerStates([see('lb1', up), see('lb2', zero)]).disagree).toBe(true);
  });

  it('never shows an old reading as fact', () => {
    expect([0, 15_000, 15_001, 60_000, 60_001, undefined].map(freshnessOf)).toEqual([
      'fresh',
      'fresh',
      'stale',
      'stale',
      'unknown',
      'unknown',
    ]);
    const seen = [
      see('lb1', up),
      see('lb2', down, 20_000),
      see('lb3', down, 90_000),
      { where: 'lb4', state: down, ageMs: undefined },
    ];
    expect(texts(seen)).toEqual(['? unknown lb[3-4]', '? stale lb2', 'UP lb1']);
    expect(foldServerStates(seen)).toMatchObject({ disagree: false, usableOn: 1, freshOn: 1 });
    expect(foldServerStates(seen).groups.map((group) => group.word)).toEqual([undefined, undefined, 'UP']);
  });
});

describe('verdicts', () => {
  const all = (state: ServerState, ageMs = 0) =>
    foldServerStates([see('lb1', state, ageMs), see('lb2', state, ageMs)]);

  it('is OK only when every instance uses the server', () => {
    expect(serverVerdict({ folded: all(up), outBy: 'nothing', causes: [] })).toBe('OK');
    expect(serverVerdict({ folded: all(zero), outBy: 'nothing', causes: [] })).toBe('WARNING');
    expect(serverVerdict({ folded: all(down), outBy: 'nothing', causes: [] })).toBe('WARNING');
  });

  it('warns while maint is intended, and alarms when it is overdue or unexplained', () => {
    const folded = all(maint);
    expect(serverVerdict({ folded, outBy: 'intent', causes: ['operator'] })).toBe('WARNING');
    expect(serverVerdict({ folded, outBy: 'overdue-intent', causes: ['operator'] })).toBe('CRITICAL');
    expect(serverVerdict({ folded, outBy: 'nothing', causes: ['operator'] })).toBe('CRITICAL');
    expect(serverVerdict({ folded, outBy: 'nothing', causes: ['configuration'] })).toBe('WARNING');
  });

  it('is UNKNOWN when nothing is fresh', () => {
    expect(serverVerdict({ folded: all(up, 20_000), outBy: 'nothing', causes: [] })).toBe('UNKNOWN');
  });

  it('is CRITICAL for a backend with none usable on some instance', () => {
    expect(backendVerdict([3, 0], ['OK'])).toBe('CRITICAL');
    expect(backendVerdict([3, 2], ['OK', 'WARNING'])).toBe('WARNING');
  });
});
