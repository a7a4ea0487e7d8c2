import { describe, expect, it } from 'vitest';
import { createTestWorld } from '../support/test-world.ts';
import type { DoctorItem } from './report.ts';

const item = (node: string, more: Partial<DoctorItem> = {}): DoctorItem => ({
  node,
  id: 'redispatch',
  severity: 'ok',
  subject: 'http',
  evidence: [],
  verdict: 'redispatch everywhere',
  fix: [],
  ...more,
});

const LOST = item('', {
  id: 'state-file',
  severity: 'warning',
  verdict: 'a reload forgets maint',
  evidence: ['/etc/haproxy/haproxy.cfg:1: global'],
  fix: ['server-state-file /var/lib/hafleet/http.state'],
});

async function doctor(items: readonly DoctorItem[], ...argv: string[]) {
  const nodes = [...new Set(items.map(({ node }) => node))].filter((node) => node !== '');
  const answer = { apiVersion: 'hafleet/v1', kind: 'Doctor', generatedAt: 0, nodes, items };
  const test = createTestWorld({ script: () => answer });
  const exit = await test.run('doctor', ...argv);
  return { exit, out: test.out(), err: test.err(), path: test.requests[0]?.path };
}

describe('hafleet doctor', () => {
  it('is one line where all is well, and exits 0', async () => {
    const { exit, out } = await doctor(['lb1', 'lb2', 'lb3'].map((node) => item(node)));
    expect(out.split('\n').slice(1)).toEqual(['✓ redispatch everywhere 3/3', '1 well', '']);
    expect(out).toMatch(/lb\[1-3\] {2}3 LBs .* OK\n/);
    expect(exit).toBe(0);
  });

  it('folds what several load balancers have, the majority first, with evidence and fix', async () => {
    const items = [
      item('lb1', { ...LOST, node: 'lb1' }),
      ...['lb2', 'lb3', 'lb4'].map((node) => item(node)),
      ...['lb2', 'lb4'].map((node) =>
        item(node, { id: 'no-check', severity: 'warning', verdict: 'no check', evidence: [`${node}.cfg:7`] }),
      ),
    ];
    const { exit, out } = await doctor(items);
    expect(out.split('\n').slice(1)).toEqual([
      '✓ redispatch everywhere 3/3',
      '! lb[2,4]/http  no check  [no-check]',
      '    lb2: lb2.cfg:7',
      '! lb1/http  a reload forgets maint  [state-file]',
      '    /etc/haproxy/haproxy.cfg:1: global',
      '    -> server-state-file /var/lib/hafleet/http.state',
      '2 warnings, 1 well',
      '',
    ]);
    expect(exit).toBe(1);
  });

  it.each([
    [['ok'], 0],
    [['ok', 'info'], 0],
    [['warning', 'ok'], 1],
    [['unknown', 'warning'], 3],
    [['unknown', 'critical'], 2],
    [[], 3],
  ] as const)('%j exits %i', async (severities, exit) => {
    const items = severities.map((severity) => item('lb1', { severity, id: severity, verdict: severity }));
    expect((await doctor(items)).exit).toBe(exit);
  });

  it('speaks every format', async () => {
    const items = [item('lb1'), item('lb2', { ...LOST, node: 'lb2' })];
    expect((await doctor(items, '-o', 'nagios')).out).toBe(
      'HAFLEET WARNING - 1 warning | critical=0 unknown=0 warning=1 info=0 ok=1\n',
    );
    expect((await doctor(items, '-o', 'plain')).out.split('\n')[1]).toBe(
      'warning\tstate-file\tlb2\thttp\ta reload forgets maint',
    );
    expect((await doctor(items, '-o', 'name')).out).toBe('state-file\n');
    const document = JSON.parse((await doctor(items, '-o', 'json')).out) as Record<string, unknown>;
    expect(document).toMatchObject({
      kind: 'Doctor',
      verdict: 'WARNING',
      items: [{ node: 'lb1' }, { node: 'lb2' }],
    });
    expect((await doctor(items, '-o', 'milkcheck')).exit).toBe(64);
  });

  it('asks for the load balancers that are named', async () => {
    expect((await doctor([], 'lb[1-2]', 'lb4', '--exclude', 'lb2')).path).toBe(
      `/v1/doctor?on=${encodeURIComponent('lb[1-2],lb4!lb2')}`,
    );
    expect((await doctor([])).path).toBe('/v1/doctor');
  });

  it('refuses what does not go together', async () => {
    expect((await doctor([], 'lb1', '--local')).exit).toBe(64);
    expect((await doctor([], '--config', '/etc/haproxy/haproxy.cfg')).exit).toBe(64);
  });
});
