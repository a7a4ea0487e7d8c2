import { describe, expect, it } from 'vitest';
import {
  change as changeSchema,
  changePlan,
  CHANGE_STATES,
  type Change,
  type ChangePlan,
  type InstanceResult,
} from '../../api/index.ts';
import { createTestWorld, errorAnswer, type Script, type TestWorldOptions } from '../support/test-world.ts';
import { changeExit, renderResult } from './result.ts';
import { foldInstances } from './instances.ts';
import { progressLine } from './progress.ts';
import { foldRefs, renderScope } from './scope.ts';
import { printLine, printLines } from '../text/index.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const moment = { nowMs: NOW, zone: 'UTC' };

function lbs(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `lb${from + index}/http`);
}

function planOf(fields: Partial<ChangePlan> = {}): ChangePlan {
  return changePlan.parse({
    transitions: [{ backend: 'web', server: 'web3', instances: lbs(1, 8), from: 'UP', to: 'MAINT' }],
    effects: [
      { backend: 'web', usableBefore: 11, usableAfter: 10, servers: 12, floor: 8, instances: lbs(1, 8) },
    ],
    sessions: 214,
    skipped: [],
    pending: [],
    refusals: [],
    overridden: [],
    notes: [],
    ...fields,
  });
}

function resultOf(instance: string, result: InstanceResult['result'], fields: Partial<InstanceResult> = {}) {
  const [node = '', name = ''] = instance.split('/');
  return { node, instance: name, result, servers: 1, ...fields };
}

function changeOf(fields: Partial<Change> = {}): Change {
  return changeSchema.parse({
    id: 'CHG-7',
    version: 1,
    kind: 'disable',
    state: 'done',
    targets: ['web/web3'],
    servers: ['web/web3'],
    on: '*',
    who: 'mara',
    why: 'kernel',
    at: NOW,
    overridden: [],
    replaces: [],
    step: '',
    results: lbs(1, 8).map((one) => resultOf(one, 'done')),
    active: true,
    ...fields,
  });
}

describe('instances', () => {
  it('fold to nodes where they bear one name, and name their instances else', () => {
    expect(foldInstances(lbs(1, 4))).toBe('lb[1-4]');
    expect(foldInstances(['lb1/http', 'lb2/http', 'lb1/ldap', 'lb2/ldap'])).toBe('lb[1-2] (http, ldap)');
    expect(foldInstances(['lb1/http', 'lb2/ldap'])).toBe('lb1 (http), lb2 (ldap)');
    expect(foldInstances([])).toBe('');
  });

  it('fold servers within each backend', () => {
    expect(foldRefs(['web/web1', 'web/web2', 'api/web1'])).toBe('web/web[1-2],api/web1');
    expect(foldRefs(['b1/s1', 'b2/s1'])).toBe('b1/s1,b2/s1');
    expect(foldRefs(['web/a1', 'web/b1'])).toBe('web/a1,web/b1');
  });
});

describe('the scope of a change', () => {
  it('says where, what, at what price, who is left out and who follows', () => {
    const plan = planOf({
      skipped: ['lb9/http'],
      pending: ['lb10/http'],
      notes: ['a note'],
      overridden: ['freshness'],
    });
    expect(printLines(renderScope({ plan, context: 'prod' }))).toBe(`\
Scope   web/web3 on 8/9 instances (lb[1-8]), context prod
Change  web/web3 UP -> MAINT on lb[1-8]
Effect  web: usable 11 -> 10 of 12 (floor 8) on lb[1-8]
        214 sessions on them now
Skips   lb9: no such server there
Later   lb10: not reachable now, follows
Guards  freshness overridden
Note    a note
`);
  });

  it('folds servers that change alike, and counts what does not fit', () => {
    const transitions = Array.from({ length: 30 }, (_, index) => ({
      backend: `b${index}x`,
      server: 's1',
      instances: lbs(1, 1),
      from: index % 2 === 0 ? 'UP' : 'MAINT',
      to: 'MAINT',
    }));
    const text = printLines(
      renderScope({ plan: planOf({ transitions, effects: [], sessions: 0 }), context: 'prod' }),
    );
    expect(text).toContain('Change  b0x/s1,b2x/s1');
    expect(text).toContain('stays MAINT on lb1');
  });
});

describe('the result of a change', () => {
  it('is one line where all is done', () => {
    expect(printLines(renderResult(changeOf({ until: NOW + 7_440_000 }), { moment }))).toBe(`\
ok      lb[1-8] 8/8
web/web3 MAINT until 14:04 UTC, then enabled behind green checks.  CHG-7   Undo: hafleet change undo CHG-7
`);
  });

  it('names who did not, and why, with what is alike folded', () => {
    const results = [
      ...[...lbs(1, 3), ...lbs(5, 6)].map((one) => resultOf(one, 'done')),
      resultOf('lb4/http', 'failed', { message: 'connection refused' }),
      resultOf('lb7/http', 'pending', { message: 'agent away' }),
      resultOf('lb8/http', 'pending', { message: 'agent away' }),
      resultOf('lb9/http', 'skipped'),
    ];
    const change = changeOf({ state: 'partial', results, message: 'lb4 still sends web3 traffic' });
    expect(printLines(renderResult(change, { moment }))).toBe(`\
ok      lb[1-3,5-6] 5/8
pending lb[7-8]  agent away
failed  lb4  connection refused
skipped lb9  no such server there
PARTIAL  lb4 still sends web3 traffic.  hafleet change retry|undo CHG-7
`);
  });

  it('says what no check proves, and what haproxy.cfg takes back', () => {
    const results = [resultOf('lb1/http', 'done', { ungated: true, fileDisabled: true })];
    const change = changeOf({ kind: 'enable', results, active: false });
    expect(printLines(renderResult(change, { moment }))).toBe(`\
ok      lb1 1/1
ungated on lb1: no health check proves that the server works
lb1: haproxy.cfg disables the server; it is in until the next reload
web/web3 READY.  CHG-7
`);
  });

  it('knows where a drain ends', () => {
    const change = changeOf({ kind: 'drain' });
    expect(printLines(renderResult(change, { moment }))).toContain('web/web3 DRAIN.');
    expect(printLines(renderResult(change, { moment, endsInMaint: true }))).toContain('web/web3 MAINT.');
  });

  it('has an exit code for every state', () => {
    const exits = Object.fromEntries(CHANGE_STATES.map((state) => [state, changeExit({ state })]));
    expect(exits).toEqual({
      running: 0,
      done: 0,
      partial: 10,
      failed: 1,
      'timed-out': 124,
      undone: 12,
      superseded: 12,
    });
  });

  it('shows on one line how far a change is', () => {
    const results = [
      resultOf('lb1/http', 'done'),
      resultOf('lb2/http', 'waiting', { sessions: 37 }),
      resultOf('lb9/http', 'skipped'),
    ];
    const running = changeOf({ kind: 'drain', state: 'running', step: 'waiting for sessions', results });
    expect(printLine(progressLine(running))).toBe('CHG-7 drain lb1 1/2   waiting for sessions');
  });
});

const disable = ['server', 'disable', 'web/web3'];

/** A server on which every change goes the same way: the answers to `GET /v1/changes/…`, one after the other. */
function serverOf(plan: ChangePlan, ...changes: (Change | null)[]): Script {
  const [first = null, ...later] = changes;
  return ({ method, body }) => {
    if (method === 'POST') return { change: body?.['dryRun'] === true ? null : first, plan };
    return later.shift() ?? first;
  };
}

async function act(argv: readonly string[], options: TestWorldOptions) {
  const test = createTestWorld(options);
  const exit = await test.run(...argv);
  return { exit, out: test.out(), err: test.err(), requests: test.requests };
}

describe('a command that changes something', () => {
  it('looks first, does it with --yes, waits and reports', async () => {
    const script = serverOf(
      planOf(),
      changeOf({ state: 'running', step: 'waiting for lb8' }),
      changeOf({ version: 2 }),
    );
    const { exit, out, err, requests } = await act(
      [...disable, '--yes', '--reason', 'kernel', '--for', '2h'],
      { script },
    );
    expect(exit).toBe(0);
    expect(requests.map(({ method, path, body }) => [method, path, body?.['dryRun']])).toEqual([
      ['POST', '/v1/changes', true],
      ['POST', '/v1/changes', false],
      ['GET', '/v1/changes/CHG-7?waitMs=20000&seen=1', undefined],
    ]);
    expect(requests[1]?.body).toMatchObject({
      kind: 'disable',
      targets: ['web/web3'],
      reason: 'kernel',
      forMs: 7_200_000,
    });
    expect(requests[0]?.authorization).toBe('Bearer t0ken');
    expect(err).toContain('Scope   web/web3 on 8/8 instances (lb[1-8]), context 127.0.0.1:8700');
    expect(err).toContain('CHG-7 disable lb[1-8] 8/8   waiting for lb8\n');
    expect(out).toMatch(/^ok {6}lb\[1-8\] 8\/8\nweb\/web3 MAINT/);
  });

  it('changes nothing without a terminal and without --yes, and names the flag', async () => {
    const { exit, err, requests } = await act(disable, { script: serverOf(planOf(), changeOf()) });
    expect(exit).toBe(64);
    expect(err).toContain('--yes');
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['y\n', 0, 2],
    ['yes\n', 0, 2],
    ['\n', 1, 1],
    ['n\n', 1, 1],
    ['what\n', 1, 1],
  ])('asks on a terminal, default no: %j', async (typed, expected, requestCount) => {
    const { exit, err, requests } = await act(disable, { typed, script: serverOf(planOf(), changeOf()) });
    expect(err).toContain('Proceed? [y/N] ');
    expect(exit).toBe(expected);
    expect(requests).toHaveLength(requestCount);
  });

  it('takes an ended input for Ctrl-C', async () => {
    const { exit, requests } = await act(disable, { typed: '', script: serverOf(planOf(), changeOf()) });
    expect(exit).toBe(130);
    expect(requests).toHaveLength(1);
  });

  it('only looks with --dry-run', async () => {
    const { exit, out, requests } = await act([...disable, '-n'], { script: serverOf(planOf(), changeOf()) });
    expect(exit).toBe(0);
    expect(out).toMatch(/^Scope .*\nChange [^]*dry run: nothing was changed\n$/);
    expect(requests).toHaveLength(1);
  });

  it('says so where it is so already, and exits 0 without a question', async () => {
    const plan = planOf({
      transitions: [{ backend: 'web', server: 'web3', instances: lbs(1, 8), from: 'MAINT', to: 'MAINT' }],
    });
    const { exit, out, requests } = await act(disable, { script: serverOf(plan, null) });
    expect([exit, out]).toEqual([0, 'already so, 8/8\n']);
    expect(requests.map(({ body }) => body?.['dryRun'])).toEqual([true, false]);
  });

  it('is refused by a guard with exit 11, what would fit, and how to insist', async () => {
    const refusal = {
      guard: 'capacity' as const,
      message: 'web would keep 5 usable of 12 on lb[1-8], floor 8.',
      fits: 'web/web[1-3]',
      override: '--override capacity --reason "..."',
    };
    const { exit, err, requests } = await act([...disable, '--yes'], {
      script: serverOf(planOf({ refusals: [refusal] }), changeOf()),
    });
    expect(exit).toBe(11);
    expect(err).toContain(`\
REFUSED by guard capacity: web would keep 5 usable of 12 on lb[1-8], floor 8.
web/web[1-3] would fit. To insist: --override capacity --reason "..."
`);
    expect(requests).toHaveLength(1);
  });

  it('sends an override with its reason', async () => {
    const { requests } = await act(
      [...disable, '-y', '--override', 'capacity', '--override', 'freshness', '--reason', 'fire'],
      {
        script: serverOf(planOf(), changeOf()),
      },
    );
    expect(requests[1]?.body).toMatchObject({ overrides: ['capacity', 'freshness'], reason: 'fire' });
  });

  it.each([
    ['partial', 10],
    ['failed', 1],
    ['timed-out', 124],
    ['superseded', 12],
  ] as const)('exits by the state of the change: %s is %i', async (state, expected) => {
    const { exit } = await act([...disable, '-y'], { script: serverOf(planOf(), changeOf({ state })) });
    expect(exit).toBe(expected);
  });

  it('does not wait with --no-wait', async () => {
    const running = changeOf({ state: 'running', step: 'waiting for lb8' });
    const { exit, out, requests } = await act([...disable, '-y', '--no-wait'], {
      script: serverOf(planOf(), running),
    });
    expect([exit, requests.length]).toEqual([0, 2]);
    expect(out).toContain('CHG-7 goes on: waiting for lb8.  Follow: hafleet change show CHG-7 -w');
  });

  it('stops waiting at Ctrl-C, not the change, and tells how to follow and undo; a second one ends at once', async () => {
    const running = changeOf({ state: 'running' });
    const test = createTestWorld({
      script: ({ method, body }, world) => {
        if (method === 'POST') return { change: body?.['dryRun'] === true ? null : running, plan: planOf() };
        world.signal();
        world.signal();
        return running;
      },
    });
    expect(await test.run(...disable, '-y')).toBe(130);
    expect(test.err()).toContain(
      'CHG-7 goes on. Follow: hafleet change show CHG-7 -w   Undo: hafleet change undo CHG-7',
    );
    expect(test.exitedNow()).toBe(130);
  });

  it('stops waiting after --timeout with exit 124', async () => {
    const running = changeOf({ state: 'running' });
    const script: Script = ({ method, body }, { clock }) => {
      if (method === 'POST') return { change: body?.['dryRun'] === true ? null : running, plan: planOf() };
      clock.advance(5_000);
      return running;
    };
    const { exit, requests } = await act([...disable, '-y', '--timeout', '12s'], { script });
    expect(exit).toBe(124);
    expect(requests.slice(2).map(({ path }) => /waitMs=(\d+)/.exec(path)?.[1])).toEqual([
      '12000',
      '7000',
      '2000',
    ]);
  });

  it('goes on asking while the server restarts, and gives up with exit 14 when it stays away', async () => {
    const running = changeOf({ state: 'running' });
    let polls = 0;
    const restarting: Script = ({ method, body }) => {
      if (method === 'POST') return { change: body?.['dryRun'] === true ? null : running, plan: planOf() };
      return ++polls < 4 ? undefined : changeOf({ version: 2 });
    };
    expect((await act([...disable, '-y'], { script: restarting })).exit).toBe(0);
    polls = -1_000;
    expect((await act([...disable, '-y'], { script: restarting })).exit).toBe(14);
  });

  it('prints one document, and nothing else, on standard output with --json', async () => {
    const { out } = await act([...disable, '-y', '--json'], { script: serverOf(planOf(), changeOf()) });
    expect(JSON.parse(out)).toMatchObject({
      apiVersion: 'hafleet/v1',
      kind: 'Change',
      generatedAt: '2026-11-20T12:00:00Z',
      verdict: 'done',
      items: [{ change: { id: 'CHG-7' }, plan: { sessions: 214 } }],
    });
  });

  it('shows errors of the server in parts, with the request id under --debug alone', async () => {
    const script: Script = () =>
      errorAnswer(404, 'unknown-server', 'no instance has web9', 'did you mean web3?');
    const plain = await act([...disable, '-y'], { script });
    expect([plain.exit, plain.err]).toEqual([
      64,
      'error: no instance has web9\n  next    did you mean web3?\n',
    ]);
    const debug = await act([...disable, '-y', '--debug'], { script });
    expect(debug.err).toContain('  code    unknown-server\n  request req-1\n');
    expect(debug.err).not.toMatch(/\.ts:\d|at .*\(/);
  });

  it('exits 14 when there is no server', async () => {
    const { exit, err } = await act([...disable, '-y'], {});
    expect(exit).toBe(14);
    expect(err).toContain('no answer from the hafleet server at http://127.0.0.1:8700');
  });

  it('undoes behind the same look and question', async () => {
    const { exit, requests } = await act(['change', 'undo', 'CHG-7', '-y'], {
      script: serverOf(planOf(), changeOf()),
    });
    expect(exit).toBe(0);
    expect(requests.map(({ path, body }) => [path, body?.['dryRun']])).toEqual([
      ['/v1/changes/CHG-7/undo', true],
      ['/v1/changes/CHG-7/undo', false],
    ]);
  });
});

describe('what is typed', () => {
  it.each([
    [['server', 'drain', 'web1', '--then', 'disable'], '--then needs --wait'],
    [['server', 'drain', 'web1', '--kill'], '--kill needs --wait'],
    [['server', 'drain', 'web1', '--wait', '1m', '--then', 'enable'], 'cannot follow a drain'],
    [['server', 'drain', 'web1', '--wait', 'soon'], '`soon` is not a duration'],
    [['server', 'disable', 'web1', '--for', '1h', '--until', '16:04'], 'say the same thing'],
    [['server', 'disable', 'web1', '--until', '2020-01-01'], 'is over already'],
    [['server', 'disable', 'web1', '--until', 'never'], 'is not a time'],
    [['server', 'disable', 'web1', '--override', 'capacity'], '--override needs --reason'],
    [['server', 'disable', 'web1', '--override', 'force', '--reason', 'x'], 'there is no guard `force`'],
    [['server', 'disable', 'web1', '--on', 'lb[1-'], '(column 1)'],
    [['server', 'disable', 'web1', '--for', '0s'], 'would end before it began'],
    [['server', 'disable'], "missing required argument 'target'"],
    [['server', 'weight', 'web1'], 'give a weight, or --default'],
    [['server', 'weight', 'web1', '5', '--default'], 'give a weight, or --default'],
    [['server', 'weight', 'web1', '257'], '`257` is not a weight'],
    [['server', 'weight', 'web1', '-o', 'xml', '5'], 'not an output format'],
    [['backend', 'set', 'web', '--min-healthy', '101%'], 'is not a floor'],
    [['backend', 'set', 'web'], 'give --min-healthy, or --default'],
    [['server', 'drian', 'web1'], 'Did you mean drain?'],
    [['sevrer', 'drain', 'web1'], 'Did you mean server?'],
    [['server', 'disable', 'web1', '--reasn', 'x'], 'Did you mean --reason?'],
    [['status', '--exclude', 'a&b'], '--exclude takes a list'],
    [['serve', '--tls-cert', 'x'], 'go together'],
    [['serve', '--listen', 'nowhere'], 'is not HOST:PORT'],
  ])('%j is wrong usage', async (argv, message) => {
    const { exit, err, requests } = await act(argv, {});
    expect(exit).toBe(64);
    expect(err).toContain(message);
    expect(requests).toEqual([]);
  });

  it('becomes the request that was meant', async () => {
    const script = serverOf(planOf(), changeOf());
    const bodyOf = async (...argv: string[]) => (await act([...argv, '-y'], { script })).requests[1]?.body;
    expect(
      await bodyOf(
        'server',
        'drain',
        'web/web3',
        'api/a1',
        '--wait',
        '10m',
        '--then',
        'disable',
        '--kill',
        '--on',
        '@edge',
        '--exclude',
        'lb3',
        '--instance',
        'http',
        '--until',
        '16:04',
        '--ticket',
        'INC-7',
      ),
    ).toEqual({
      kind: 'drain',
      targets: ['web/web3', 'api/a1'],
      on: '@edge',
      exclude: 'lb3',
      instance: 'http',
      until: Date.parse('2026-11-20T16:04:00Z'),
      drain: { waitMs: 600_000, kill: true, next: 'disable' },
      reason: '',
      ticket: 'INC-7',
      overrides: [],
      dryRun: false,
    });
    expect(await bodyOf('server', 'enable', 'web/*', '--gate', '45s')).toMatchObject({
      kind: 'enable',
      gateMs: 45_000,
    });
    expect(await bodyOf('server', 'weight', 'web1', '50')).toMatchObject({ kind: 'weight', weight: 50 });
    expect(await bodyOf('server', 'weight', 'web1', '--default')).toMatchObject({
      kind: 'weight',
      weight: null,
    });
    expect(await bodyOf('server', 'kill-sessions', 'web1')).toMatchObject({ kind: 'kill-sessions' });
  });

  it('may have its global options anywhere', async () => {
    const script = serverOf(planOf(), changeOf());
    for (const argv of [
      ['-o', 'name', ...disable, '-y'],
      ['server', '-o', 'name', 'disable', 'web/web3', '-y'],
      [...disable, '-y', '-o', 'name'],
    ])
      expect((await act(argv, { script })).out).toBe('CHG-7\n');
  });
});
