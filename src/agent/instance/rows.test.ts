import { describe, expect, it } from 'vitest';
import { type ServerStateRow, parseServersState, printServerStateFile } from '../../haproxy/runtime/index.ts';
import { InstanceRows } from './rows.ts';

const PREAMBLE = printServerStateFile([]);
const CONTEXT = { facts: new Map(), wallMs: 100_000 };

function row(change: Partial<ServerStateRow> = {}): ServerStateRow {
  const [read] = parseServersState(
    `${PREAMBLE}3 web 1 s1 10.0.0.1 2 0 1 1 10 15 3 4 6 0 0 0 - 80 - 0 0 - - 0\n`,
  );
  if (!read) throw new Error('no row');
  return { ...read, ...change };
}

function setUp() {
  const rows = new InstanceRows();
  rows.take([row()], CONTEXT, true);
  const report = () => [...rows.reports()][0]?.[1];
  return { rows, report };
}

describe('rows', () => {
  it('keep their report while only the age and a check under way change', () => {
    const { rows, report } = setUp();
    const before = report();
    const changed = rows.take(
      [row({ secondsSinceChange: 12, checkState: 7 })],
      { ...CONTEXT, wallMs: 102_900 },
      true,
    );
    expect(report()).toBe(before);
    expect([...changed]).toEqual([]);
    expect(before).toMatchObject({ since: 90_000, checkState: 6 });
  });

  it('name the backend where a check turned out differently', () => {
    const { rows, report } = setUp();
    const changed = rows.take(
      [row({ operationalState: 0, secondsSinceChange: 0, checkResult: 2 })],
      CONTEXT,
      true,
    );
    expect([...changed]).toEqual(['web']);
    expect(report()).toMatchObject({ operationalState: 0, since: 100_000 });
  });

  it('show a change and its opposite between two readings', () => {
    const { rows, report } = setUp();
    rows.take([row({ secondsSinceChange: 0 })], CONTEXT, true);
    expect(report()?.since).toBe(100_000);
  });

  it('count sessions only of a server that is out, and anew when its admin state changes', () => {
    const { rows } = setUp();
    rows.takeStat('web/s1', { check: 'L7OK/200', sessions: 3 }, CONTEXT);
    expect(rows.sessions().size).toBe(0);
    rows.take([row({ adminFlags: 8 })], CONTEXT, true);
    expect(rows.sessions().size).toBe(0);
    rows.takeStat('web/s1', { check: 'L7OK/200', sessions: 3 }, CONTEXT);
    expect(rows.sessions()).toEqual(new Map([['web/s1', 3]]));
    rows.take([row({ adminFlags: 1 })], CONTEXT, true);
    expect(rows.sessions().size).toBe(0);
  });

  it('lose servers only in a reading of all of them', () => {
    const { rows } = setUp();
    rows.take([], CONTEXT, false);
    expect(rows.rows()).toHaveLength(1);
    rows.take([], CONTEXT, true);
    expect(rows.rows()).toHaveLength(0);
  });
});
