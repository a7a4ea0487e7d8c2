import { describe, expect, it } from 'vitest';
import { confirmLease, leaseStatus, leaseStep, startLease } from './lease.ts';

describe('leases', () => {
  it('count down on the monotonic clock and are overdue past their end', () => {
    const almost = leaseStep(startLease(10_000), { elapsedMs: 9_999, wallJumpMs: 0 });
    expect(leaseStatus(almost)).toEqual({ kind: 'running', remainingMs: 1 });
    const over = leaseStep(almost, { elapsedMs: 3_001, wallJumpMs: 0 });
    expect(leaseStatus(over)).toEqual({ kind: 'overdue', overdueMs: 3_000 });
  });

  it.each([5_001, -5_001])(
    'do not end after the wall clock jumped by %i ms, until somebody confirms',
    (wallJumpMs) => {
      const jumped = leaseStep(startLease(1_000), { elapsedMs: 2_000, wallJumpMs });
      expect(leaseStatus(jumped)).toEqual({ kind: 'suspended', remainingMs: -1_000 });
      expect(leaseStatus(leaseStep(jumped, { elapsedMs: 1, wallJumpMs: 0 })).kind).toBe('suspended');
      expect(leaseStatus(confirmLease(jumped))).toEqual({ kind: 'overdue', overdueMs: 1_000 });
    },
  );

  it('go on through a small correction of the wall clock', () => {
    expect(leaseStatus(leaseStep(startLease(1_000), { elapsedMs: 1, wallJumpMs: 5_000 })).kind).toBe(
      'running',
    );
  });
});
