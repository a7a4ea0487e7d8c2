import { createManualClock } from '../../lib/index.ts';
import { describe, expect, it } from 'vitest';
import {
  confirmLease,
  isFulfilled,
  leaseStatus,
  leaseStep,
  parseWeight,
  startLease,
  weightInForce,
} from './index.ts';
import type { Lease, StateIntent } from './index.ts';

const intent: StateIntent = {
  id: 'CHG-1',
  revision: 1,
  aspect: 'state',
  selector: { instance: '*', backend: 'web', server: 'web1' },
  on: '*',
  want: { state: 'maint' },
  phase: 'entering',
  who: 'mara',
  from: 0,
};

describe('the end of an intent', () => {
  it('is gone when each instance has read back, and waits for the one that has not', () => {
    const done = { exists: true, readBack: true };
    expect(isFulfilled(intent, [done, done])).toBe(true);
    expect(isFulfilled(intent, [done, { exists: true, readBack: false }])).toBe(false);
  });

  it('asks nothing of a server that vanished', () => {
    expect(isFulfilled(intent, [{ exists: false, readBack: false }])).toBe(true);
  });

  it('is not fulfilled before it entered, whatever was read', () => {
    expect(isFulfilled({ ...intent, phase: 'gating' }, [{ exists: true, readBack: true }])).toBe(false);
  });
});

describe('leases', () => {
  it('count down on the monotonic clock and are overdue past their end', () => {
    let lease = startLease(10_000);
    lease = leaseStep(lease, { elapsedMs: 9_999, wallJumpMs: 0 });
    expect(leaseStatus(lease)).toEqual({ kind: 'running', remainingMs: 1 });
    lease = leaseStep(lease, { elapsedMs: 3_001, wallJumpMs: 0 });
    expect(leaseStatus(lease)).toEqual({ kind: 'overdue', overdueMs: 3_000 });
  });

  it('do not end after a jump of the wall clock of more than 5 s, either way, until confirmed', () => {
    for (const wallJumpMs of [5_001, -5_001]) {
      const lease = leaseStep(startLease(1_000), { elapsedMs: 2_000, wallJumpMs });
      expect(leaseStatus(lease)).toEqual({ kind: 'suspended', remainingMs: -1_000 });
      expect(leaseStatus(leaseStep(lease, { elapsedMs: 1, wallJumpMs: 0 })).kind).toBe('suspended');
      expect(leaseStatus(confirmLease(lease))).toEqual({ kind: 'overdue', overdueMs: 1_000 });
    }
    expect(leaseStatus(leaseStep(startLease(1_000), { elapsedMs: 1, wallJumpMs: 5_000 })).kind).toBe(
      'running',
    );
  });

  it('never grow when a clock runs backwards', () => {
    expect(leaseStep(startLease(1_000), { elapsedMs: -500, wallJumpMs: 0 }).remainingMs).toBe(1_000);
  });

  it('are not ended by an administrator who sets the clock', () => {
    const clock = createManualClock();
    let seen = { monotonic: clock.monotonicMs(), wall: clock.wallMs() };
    const tick = (lease: Lease): Lease => {
      const now = { monotonic: clock.monotonicMs(), wall: clock.wallMs() };
      const elapsedMs = now.monotonic - seen.monotonic;
      const step = { elapsedMs, wallJumpMs: now.wall - seen.wall - elapsedMs };
      seen = now;
      return leaseStep(lease, step);
    };
    clock.advance(1_000);
    let lease = tick(startLease(3_600_000));
    clock.jumpWall(7_200_000);
    clock.advance(1_000);
    lease = tick(lease);
    expect(leaseStatus(lease)).toEqual({ kind: 'suspended', remainingMs: 3_598_000 });
  });
});

describe('weights', () => {
  it('are numbers up to 256 or percentages of the weight in the file', () => {
    expect(['0', '256', '50%', ' 7 '].map(parseWeight)).toEqual([
      { ok: true, value: 0 },
      { ok: true, value: 256 },
      { ok: true, value: '50%' },
      { ok: true, value: 7 },
    ]);
    expect(['257', '-1', '1.5', '', 'x', '50 %', '1;2'].map((text) => parseWeight(text).ok)).toEqual(
      Array(7).fill(false),
    );
  });

  it.each([
    ['5%', 10, 0],
    ['19%', 10, 1],
    ['50%', 1, 0],
    ['150%', 1, 1],
    ['34%', 3, 1],
    ['99%', 3, 2],
    ['129%', 200, 256],
    ['25600%', 10, 256],
  ] as const)('%s of %i is %i, as HAProxy 2.6 and 3.2 show it', (want, initial, shown) => {
    expect(weightInForce(want, initial)).toBe(shown);
  });

  it('takes a number as it is', () => {
    expect(weightInForce(50, 100)).toBe(50);
  });
});
