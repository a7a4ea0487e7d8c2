import { describe, expect, it } from 'vitest';
import type { Change, ChangeRequest } from '../src/api/index.ts';
import { type Told, faultsOf } from './support/crash/requests.ts';

function told(number: number, more: Partial<Told> = {}): Told {
  return { id: `CHG-${number}`, kind: 'disable', on: '*', servers: ['web/web1'], ...more };
}

function listed(one: Told): Change {
  return {
    ...one,
    version: 1,
    state: 'done',
    targets: one.servers,
    who: 'admin',
    why: '',
    at: 0,
    replaces: [],
    overridden: [],
    step: 'done',
    results: [],
    active: true,
  };
}

const disable: ChangeRequest = { kind: 'disable', targets: ['web/web1'], on: '*' };

function faults(acknowledged: Told[], changes: Told[], unanswered: ChangeRequest[] = []): string[] {
  return faultsOf({ acknowledged, unanswered }, changes.map(listed));
}

describe('the list of changes after a crash', () => {
  it('is right with all that was acknowledged, and with requests without an answer or without them', () => {
    expect(faults([told(1), told(3)], [told(3), told(1)])).toEqual([]);
    expect(faults([told(1)], [told(1), told(2)], [disable])).toEqual([]);
    expect(faults([told(1)], [told(1)], [disable])).toEqual([]);
  });

  it('is wrong when an acknowledged change is not there, or says something else', () => {
    expect(faults([told(1)], [])).toEqual([expect.stringContaining('lost: {"id":"CHG-1"')]);
    expect(faults([told(1)], [told(1, { on: 'lb1' })])).toHaveLength(1);
    expect(
      faults([told(1, { kind: 'weight', weight: 5 })], [told(1, { kind: 'weight', weight: 6 })]),
    ).toHaveLength(1);
  });

  it('is wrong when nobody asked for a change, or one request became two', () => {
    expect(faults([], [told(1)])).toEqual(['nobody asked for CHG-1: disable web/web1 on *']);
    expect(faults([], [told(1), told(2)], [disable])).toHaveLength(1);
  });

  it('is wrong when a number comes twice, or goes back', () => {
    expect(faults([told(2), told(2)], [told(2)])).toHaveLength(1);
    expect(faults([told(2), told(1)], [told(1), told(2)])).toHaveLength(1);
    expect(faults([told(1)], [told(1), told(1)])).toEqual(['one number is listed twice']);
  });
});
