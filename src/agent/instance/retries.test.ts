import { describe, expect, it } from 'vitest';
import { HafleetError, createManualClock } from '../../lib/index.ts';
import type { Operation } from '../../plan/index.ts';
import { createRetries } from './retries.ts';

const OPERATION: Operation = { kind: 'set-state', intent: 'a', backend: 'web', server: 's1', state: 'maint' };
const KEY = 'web/s1/state';

describe('retries', () => {
  it('wait a second, then twice as long, up to half a minute', () => {
    const clock = createManualClock();
    const retries = createRetries(clock);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      retries.failed(OPERATION, { revision: 1, worker: 'w', error: new Error('no') });
      let waited = 0;
      for (; retries.failures().get(KEY)?.waiting; waited += 100) clock.advance(100);
      waits.push(waited);
    }
    expect(waits[0]).toBeLessThanOrEqual(1_000);
    expect(waits[1]).toBeGreaterThan(900);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(15_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(30_000);
  });

  it('begin anew for a new revision and for a new worker', () => {
    const clock = createManualClock();
    const retries = createRetries(clock);
    const fail = (revision: number, worker: string) => {
      retries.failed(OPERATION, { revision, worker, error: new Error('no') });
      clock.advance(1_000);
      return retries.failures().get(KEY)?.waiting;
    };
    for (let attempt = 0; attempt < 6; attempt++) fail(1, 'w');
    expect(fail(1, 'w')).toBe(true);
    expect(fail(2, 'w')).toBe(false);
    expect(fail(2, 'x')).toBe(false);
  });

  it('tell the operator what would help', () => {
    const retries = createRetries(createManualClock());
    const error = new HafleetError('permission-denied', 'HAProxy: no', { hint: 'level admin helps' });
    retries.failed(OPERATION, { revision: 1, worker: 'w', error });
    expect(retries.failures().get(KEY)?.message).toBe('HAProxy: no (level admin helps)');
  });

  it('are over when it worked', () => {
    const retries = createRetries(createManualClock());
    retries.failed(OPERATION, { revision: 1, worker: 'w', error: new Error('no') });
    retries.succeeded(OPERATION);
    expect(retries.failures().size).toBe(0);
  });
});
