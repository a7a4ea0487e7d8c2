import type { Percentiles } from './options.ts';

const STEP_MS = 0.05;
const STEPS = 200_000;

/** Times up to 10 s in steps of 50 µs; constant memory, so that counting costs the same at any rate. */
export interface Histogram {
  add(ms: number): void;
  percentiles(): Percentiles;
}

export function createHistogram(): Histogram {
  const steps = new Uint32Array(STEPS);
  let count = 0;
  let max = 0;

  function percentile(share: number): number {
    let left = count * share;
    for (let i = 0; i < STEPS; i++) {
      left -= steps[i] ?? 0;
      if (left <= 0) return Math.min(max, (i + 1) * STEP_MS);
    }
    return max;
  }
  return {
    add(ms) {
      const step = Math.min(STEPS - 1, Math.floor(ms / STEP_MS));
      steps[step] = (steps[step] ?? 0) + 1;
      count++;
      if (ms > max) max = ms;
    },
    percentiles() {
      const round = (ms: number) => Math.round(ms * 100) / 100;
      return count === 0
        ? { p50: 0, p99: 0, max: 0 }
        : { p50: round(percentile(0.5)), p99: round(percentile(0.99)), max: round(max) };
    },
  };
}
