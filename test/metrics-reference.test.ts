import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAgentMetrics } from '../src/agent/metrics/agent-metrics.ts';
import { createManualClock, type MetricDescription } from '../src/lib/index.ts';
import { createServerMetrics } from '../src/server/metrics/server-metrics.ts';

const PAGE = new URL('../docs/reference/metrics.md', import.meta.url);
const about = { version: '0', clock: createManualClock() };

function printPage(): string {
  return [
    '# Metrics',
    '',
    'Both programs serve Prometheus’ text format, each of itself and of what it sees. Traffic is not among it: HAProxy’s own exporter (promex) tells of that.',
    '',
    '## The hafleet server',
    '',
    '`GET /metrics` of the API, with a viewer token that reaches the whole fleet; or, for a Prometheus on the same machine, without a token at `hafleet serve --metrics-listen 127.0.0.1:9901`. With `?servers=off` the series of single servers are left out.',
    '',
    ...table(createServerMetrics(about).describe()),
    '',
    '## The agent',
    '',
    'Where its local file says so: `metrics: { listen: 127.0.0.1:9910 }`, an address of the machine itself.',
    '',
    ...table(createAgentMetrics(about).describe()),
    '',
  ].join('\n');
}

function table(metrics: readonly MetricDescription[]): string[] {
  const rows = metrics
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, labels = [], help }) => {
      const named = labels.map((label) => `\`${label}\``).join(', ');
      return `| \`${name}\` | ${type} | ${named === '' ? '–' : named} | ${help} |`;
    });
  return ['| name | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows];
}

describe('docs/reference/metrics.md', () => {
  it('lists every metric of both programs as the code has it', () => {
    if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, printPage());
    expect(readFileSync(PAGE, 'utf8')).toBe(printPage());
  });
});
