import { createManualClock, type ManualClock } from '../lib/index.ts';
import type { Time } from './time.ts';

/** Time that stands still until told to move. For tests. */
export interface ManualTime extends Time {
  readonly clock: ManualClock;
  /** Moves on, stopping at every timer that comes due; resolves when what they started had its turn. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

export function createManualTime(startWallMs = 0): ManualTime {
  const clock = createManualClock(startWallMs);
  const timers = new Set<Timer>();
  const nextDue = (until: number): Timer | undefined =>
    [...timers].filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due)[0];
  return {
    clock,
    after(delayMs, run) {
      const timer = { due: clock.monotonicMs() + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const until = clock.monotonicMs() + ms;
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        timers.delete(timer);
        clock.advance(Math.max(0, timer.due - clock.monotonicMs()));
        timer.run();
        await settle();
      }
      clock.advance(Math.max(0, until - clock.monotonicMs()));
      await settle();
    },
  };
}

/** A few turns of the event loop: a group commit takes one, its consequences the others. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
