import { describe, expect, it } from 'vitest';
import { createManualTime } from './manual-time.ts';
import { systemTime } from './time.ts';

describe('system time', () => {
  it('calls back not before the time, and not at all when cancelled', async () => {
    const called: string[] = [];
    const startedAt = systemTime.clock.monotonicMs();
    const cancel = systemTime.after(1, () => called.push('cancelled'));
    cancel();
    // Longer than Node's timers reach: it would run at once.
    const cancelLong = systemTime.after(2 ** 40, () => called.push('too early'));
    await new Promise<void>((resolve) => void systemTime.after(2.5, resolve));
    cancelLong();
    expect(systemTime.clock.monotonicMs() - startedAt).toBeGreaterThanOrEqual(2.5);
    expect(called).toEqual([]);
  });
});

describe('manual time', () => {
  it('runs timers in the order they come due, also those set on the way', async () => {
    const time = createManualTime();
    const called: [string, number][] = [];
    const note = (name: string) => () => called.push([name, time.clock.monotonicMs()]);
    time.after(20, note('late'));
    time.after(10, () => {
      note('early')();
      time.after(5, note('between'));
    });
    time.after(15, note('never'))();
    await time.advance(30);
    expect(called).toEqual([
      ['early', 10],
      ['between', 15],
      ['late', 20],
    ]);
    expect(time.clock.monotonicMs()).toBe(30);
  });
});
