import { systemClock, type Clock } from '../lib/index.ts';

/** A clock and the way to be called back by it, passed in so that tests move both by hand. */
export interface Time {
  readonly clock: Clock;
  /** Runs once, not before `delayMs` have passed on `clock.monotonicMs`. The function returned cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** Node runs a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemTime: Time = { clock: systemClock, after: systemAfter };

function systemAfter(delayMs: number, run: () => void): () => void {
  const due = systemClock.monotonicMs() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    // Rounded up: Node cuts a delay to whole milliseconds, and would call before the time.
    const left = Math.ceil(due - systemClock.monotonicMs());
    if (left <= 0 && timer !== undefined) return run();
    timer = setTimeout(arm, Math.min(LONGEST_TIMER_MS, Math.max(0, left))).unref();
  };
  arm();
  return () => clearTimeout(timer);
}
