import type { Lease } from './types.ts';

/** A bigger step of the wall clock against the monotonic one stops every ending until a person has looked. */
export const WALL_JUMP_LIMIT_MS = 5_000;

export interface LeaseStep {
  /** Since the last step, on the leader's monotonic clock. Never negative. */
  readonly elapsedMs: number;
  /** By how much the wall clock moved more (or, negative, less) than the monotonic one in that time. */
  readonly wallJumpMs: number;
}

export type LeaseStatus =
  | { readonly kind: 'running'; readonly remainingMs: number }
  /** Past its end: the leader ends it now, and as long as it cannot, it is shown. */
  | { readonly kind: 'overdue'; readonly overdueMs: number }
  /** Counted on, not ended. `remainingMs` may be negative. */
  | { readonly kind: 'suspended'; readonly remainingMs: number };

/**
 * Counts a lease down. A machine that slept or whose clock was set may have lost hours in which other people acted,
 * so a jump suspends: nothing is brought into service on the word of a clock that was just wrong.
 */
export function leaseStep(lease: Lease, { elapsedMs, wallJumpMs }: LeaseStep): Lease {
  return {
    remainingMs: lease.remainingMs - Math.max(0, elapsedMs),
    suspended: lease.suspended || Math.abs(wallJumpMs) > WALL_JUMP_LIMIT_MS,
  };
}

export function leaseStatus({ remainingMs, suspended }: Lease): LeaseStatus {
  if (suspended) return { kind: 'suspended', remainingMs };
  return remainingMs > 0 ? { kind: 'running', remainingMs } : { kind: 'overdue', overdueMs: -remainingMs };
}

export function confirmLease(lease: Lease): Lease {
  return { ...lease, suspended: false };
}

export function startLease(durationMs: number): Lease {
  return { remainingMs: durationMs, suspended: false };
}
