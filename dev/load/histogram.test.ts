import { describe, expect, it } from 'vitest';
import { createHistogram } from './histogram.ts';

describe('the histogram', () => {
  it('is zero while it is empty', () => {
    expect(createHistogram().percentiles()).toEqual({ p50: 0, p99: 0, max: 0 });
  });

  it('tells median, 99th percentile and maximum', () => {
    const histogram = createHistogram();
    for (let ms = 1; ms <= 100; ms++) histogram.add(ms);
    const { p50, p99, max } = histogram.percentiles();
    expect(p50).toBeCloseTo(50, 0);
    expect(p99).toBeCloseTo(99, 0);
    expect(max).toBe(100);
  });

  it('keeps a time beyond its range as the maximum', () => {
    const histogram = createHistogram();
    histogram.add(60_000);
    expect(histogram.percentiles()).toEqual({ p50: 10_000, p99: 10_000, max: 60_000 });
  });
});
