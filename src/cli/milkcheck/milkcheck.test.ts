import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../api/index.ts';
import { NOW, readFleet } from '../status/cases/read-fleet.ts';
import { createTestWorld, errorAnswer, type Script } from '../support/test-world.ts';
import { lineWidth, printLines } from '../text/index.ts';
import { changeGroups } from './from-change.ts';
import { statusGroups } from './from-status.ts';
import { groupStatus, milkExit, renderMilkReport, type MilkReport, type MilkStatus } from './report.ts';

const FOLDER = join(import.meta.dirname, 'cases');
const DIVIDER = '---\n';

/** A case: `# words [-D server=NAME] [-v]`, the fleet; below the divider the report and its exit code. */
function show(given: string): string {
  const words = (/^# (.*)$/m.exec(given)?.[1] ?? 'haproxy').split(' ');
  const server = words.find((word) => word.startsWith('server='))?.slice('server='.length);
  const services = words.filter((word) => !word.startsWith('-') && !word.includes('='));
  const groups = statusGroups(readFleet(given), { services, server, moment: { nowMs: NOW, zone: 'UTC' } });
  const report = reportOf({ groups, verbose: words.includes('-v') });
  return `${printLines(renderMilkReport(report))}exit ${milkExit(report)}\n`;
}

function reportOf(fields: Partial<MilkReport>): MilkReport {
  return {
    action: 'status',
    groups: [],
    durationMs: 970,
    verbose: false,
    summary: 'full',
    width: undefined,
    ...fields,
  };
}

/** `UPDATE_CASES=1` rewrites what stands below the divider; review reads the diff. */
describe("milkcheck's status", () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.case'))) {
    it(file.replace('.case', '').replaceAll('-', ' '), () => {
      const path = join(FOLDER, file);
      const [given = '', expected = ''] = readFileSync(path, 'utf8').split(DIVIDER);
      const text = show(given);
      if (process.env['UPDATE_CASES']) writeFileSync(path, `${given}${DIVIDER}${text}`);
      else expect(text).toBe(expected);
    });
  }
});

describe("milkcheck's report", () => {
  const service = (status: MilkStatus, name = 'g.s') => ({ name, status, nodes: [], command: '' });
  const group = (...statuses: MilkStatus[]) => ({
    name: 'g',
    services: statuses.map((status) => service(status)),
  });

  it.each([
    [['DONE', 'DONE'], 'DONE', 0],
    [['DONE', 'SKIPPED'], 'DONE', 0],
    [['SKIPPED', 'SKIPPED'], 'SKIPPED', 0],
    [['DONE', 'WARNING'], 'WARNING', 3],
    [['WARNING', 'ERROR'], 'DEP_ERROR', 6],
    [['DONE', 'TIMEOUT'], 'DEP_ERROR', 6],
  ] as const)('makes of %j the group %s and exit %i', (statuses, expected, exit) => {
    expect(groupStatus(group(...statuses))).toBe(expected);
    expect(milkExit({ groups: [group(...statuses)] })).toBe(exit);
  });

  it('centres every word in nine, and never goes beyond column 120', () => {
    for (const width of [40, 80, 200])
      for (const status of ['DONE', 'WARNING', 'ERROR', 'TIMEOUT', 'DEP_ERROR', 'SKIPPED'] as const) {
        const name = 'a-very-long-name-of-a-service-that-does-not-fit';
        const lines = renderMilkReport(
          reportOf({ groups: [{ name: 'g', services: [service(status, name)] }], summary: 'no', width }),
        );
        for (const line of lines.filter((one) => printLines([one]).includes('[')))
          expect(lineWidth(line)).toBe(Math.min(width, 120));
        expect(printLines(lines)).toMatch(/\[.{9}\]/);
      }
  });

  it('leaves details out where they are not wanted', () => {
    const bad = { ...service('ERROR', 'g.a'), nodes: [{ node: 'lb1', exit: 2, lines: ['x'] }] };
    const groups = [{ name: 'g', services: [bad, service('DONE', 'g.b')] }];
    expect(printLines(renderMilkReport(reportOf({ groups, summary: 'default' })))).toMatch(
      /\n SUMMARY - 2 actions \(1 failed\)\n \+ g\.a\.status\n$/,
    );
    expect(printLines(renderMilkReport(reportOf({ groups, summary: 'no' })))).not.toContain('SUMMARY');
  });
});

describe("milkcheck's disable and enable", () => {
  const fleet = readFleet(
    'nodes: lb[1-2]\ninstances: { http: [haproxy], puppet: [haproxy] }\nservers: { "puppet:all/p1": UP }',
  );
  const plan = {
    transitions: [
      { backend: 'all', server: 'p1', instances: ['lb1/puppet', 'lb2/puppet'], from: 'UP', to: 'MAINT' },
    ],
    effects: [],
    sessions: 0,
    skipped: ['lb1/http', 'lb2/http'],
    pending: [],
    refusals: [],
    overridden: [],
    notes: [],
  };
  const result = (instance: string, word: string) => ({
    node: instance.split('/')[0] ?? '',
    instance: instance.split('/')[1] ?? '',
    result: word,
    servers: 1,
  });
  const change = (...words: [string, string]) => ({
    id: 'CHG-1',
    version: 1,
    kind: 'disable',
    state: 'done',
    targets: ['p1'],
    servers: ['*/p1'],
    on: '*',
    who: 'mara',
    why: '',
    at: NOW,
    overridden: [],
    replaces: [],
    step: '',
    active: true,
    results: [
      result('lb1/puppet', words[0]),
      result('lb2/puppet', words[1]),
      result('lb1/http', 'skipped'),
      result('lb2/http', 'skipped'),
    ],
  });
  const script =
    (words: [string, string], fields: object = {}): Script =>
    ({ method, body }) => {
      if (method === 'GET') return fleet;
      return { change: body?.['dryRun'] === true ? null : change(...words), plan: { ...plan, ...fields } };
    };
  const run = async (argv: string[], given: Script) => {
    const test = createTestWorld({ script: given });
    const exit = await test.run('milkcheck', ...argv);
    return { exit, out: test.out(), err: test.err(), requests: test.requests };
  };
  const disable = ['haproxy', '-D', 'server=p1', 'disable', '-y'];

  it('skips instances without the server', async () => {
    const { exit, out, requests } = await run(
      [...disable, '--until', '1h', '--reason', 'x'],
      script(['done', 'done']),
    );
    expect(exit).toBe(0);
    expect(out).toMatch(
      /^haproxy\.http +\[ SKIPPED \]\nhaproxy\.puppet +\[ {4}OK {3}\]\nhaproxy +\[ {4}OK {3}\]\n/,
    );
    expect(out).toContain(' SUMMARY - 1 action (0 failed)\n + Success on all services\n    lb[1-2]\n');
    expect(requests.at(-1)?.body).toMatchObject({
      kind: 'disable',
      targets: ['p1'],
      reason: 'x',
      until: NOW + 3_600_000,
    });
  });

  it.each([
    [['done', 'pending'], 3],
    [['done', 'failed'], 6],
    [['done', 'red'], 6],
    [['done', 'waiting'], 6],
  ] as [[string, string], number][])('%j exits %i, and names the node', async (words, expected) => {
    const { exit, out } = await run(disable, script(words));
    expect(exit).toBe(expected);
    expect(out).toMatch(/ > lb2/);
  });

  it.each([
    ['a typo', disable, () => errorAnswer(404, 'unknown-server', 'no instance has it')],
    [
      'a guard',
      disable,
      script(['done', 'done'], { refusals: [{ guard: 'capacity', message: 'm', override: 'o' }] }),
    ],
    ['nobody to ask', disable.slice(0, -1), script(['done', 'done'])],
    ['no server named', ['haproxy', 'disable', '-y'], script(['done', 'done'])],
    ['an unknown service', ['ldap', 'status'], script(['done', 'done'])],
    ['an unknown action', ['haproxy', 'explode'], script(['done', 'done'])],
    ['an unknown option', ['haproxy', 'status', '--nope'], script(['done', 'done'])],
    ['an unknown definition', ['haproxy', 'status', '-D', 'x=1'], script(['done', 'done'])],
  ] as [string, string[], Script][])('%s is 9, and nothing is changed', async (_what, argv, given) => {
    const { exit, requests } = await run(argv, given);
    expect(exit).toBe(9);
    expect(requests.filter(({ body }) => body?.['dryRun'] === false)).toEqual([]);
  });

  it('a fault inside is 12', async () => {
    const { exit } = await run(disable, ({ method }) =>
      method === 'GET' ? fleet : errorAnswer(500, 'internal', 'oops'),
    );
    expect(exit).toBe(12);
  });

  it('narrows to one service that is named', async () => {
    const { requests } = await run(
      ['haproxy.puppet', '-D', 'server=p1', 'disable', '-y'],
      script(['done', 'done']),
    );
    expect(requests.at(-1)?.body).toMatchObject({ instance: 'puppet' });
  });

  it('reports red nodes with what they said', () => {
    const changed = change('red', 'done') as unknown as Change;
    const [group] = changeGroups(changed, fleet.instances, ['haproxy']);
    expect(group?.services.map(({ name, status }) => [name, status])).toEqual([
      ['haproxy.http', 'SKIPPED'],
      ['haproxy.puppet', 'ERROR'],
    ]);
  });
});
