import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMetricRegistry } from './metrics.ts';
import { addProcessMetrics } from './process-metrics.ts';

describe('metrics', () => {
  it('are printed with help and type, and one line for each series', () => {
    const registry = createMetricRegistry();
    const seen = registry.counter({ name: 'a_total', help: 'Seen.', labels: ['kind', 'by'] });
    const now = registry.gauge({ name: 'b', help: 'Now, with \\ and\nanother line.' });
    seen.add({ kind: 'x', by: 'y' });
    seen.add({ kind: 'x', by: 'y' }, 2);
    seen.add({ by: 'y', kind: 'z' });
    now.set({}, -Infinity);
    expect(registry.expose()).toBe(
      [
        '# HELP a_total Seen.',
        '# TYPE a_total counter',
        'a_total{kind="x",by="y"} 3',
        'a_total{kind="z",by="y"} 1',
        '# HELP b Now, with \\\\ and\\nanother line.',
        '# TYPE b gauge',
        'b -Inf',
        '',
      ].join('\n'),
    );
  });

  it('count in cumulative buckets up to infinity', () => {
    const registry = createMetricRegistry();
    const took = registry.histogram({ name: 'c_seconds', help: 'Took.', labels: ['of'], buckets: [0.1, 1] });
    for (const value of [0.05, 0.1, 0.5, 7]) took.observe({ of: 'x' }, value);
    expect(registry.expose().split('\n').slice(2, -1)).toEqual([
      'c_seconds_bucket{of="x",le="0.1"} 2',
      'c_seconds_bucket{of="x",le="1"} 3',
      'c_seconds_bucket{of="x",le="+Inf"} 4',
      'c_seconds_sum{of="x"} 7.65',
      'c_seconds_count{of="x"} 4',
    ]);
  });

  it('hold every label value in one line between its quotes, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const registry = createMetricRegistry();
        registry.gauge({ name: 'd', help: 'D.', labels: ['of'] }).set({ of: value }, 1);
        const line = registry.expose().split('\n')[2] ?? '';
        const [, text = ''] = /^d\{of="((?:[^"\\]|\\[\\"n])*)"\} 1$/s.exec(line) ?? [];
        const read = text.replace(/\\([\\"n])/g, (_, mark: string) => (mark === 'n' ? '\n' : mark));
        expect(read).toBe(value);
      }),
    );
  });

  it('that are gauges forget what is not set again', () => {
    const registry = createMetricRegistry();
    const up = registry.gauge({ name: 'up', help: 'Up.', labels: ['node'] });
    let nodes = ['lb1', 'lb2'];
    registry.onCollect(() => {
      up.clear();
      for (const node of nodes) up.set({ node }, 1);
    });
    expect(registry.expose()).toContain('lb2');
    nodes = ['lb1'];
    expect(registry.expose()).not.toContain('lb2');
  });

  it('have names of their own', () => {
    const registry = createMetricRegistry();
    addProcessMetrics(registry);
    expect(registry.expose()).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(() => addProcessMetrics(registry)).toThrow('already');
  });
});
