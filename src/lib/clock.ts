/**
 * Time as an argument. Deciding code never reads a clock; the edge passes one of these.
 * `monotonicMs` never jumps and counts durations, leases and ages; `wallMs` is only for people.
 */
export interface Clock {
  monotonicMs(): number;
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** A clock that stands still until told to move. For tests. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Moves only the wall clock, as an administrator or NTP does. */
  jumpWall(ms: number): void;
}

export function createManualClock(startWallMs = 0): ManualClock {
  let monotonic = 0;
  let wall = startWallMs;
  return {
    monotonicMs: () => monotonic,
    wallMs: () => wall,
    advance(ms) {
      monotonic += ms;
      wall += ms;
    },
    jumpWall(ms) {
      wall += ms;
    },
  };
}
