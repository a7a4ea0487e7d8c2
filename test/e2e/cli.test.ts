import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type CliOptions,
  type Fleet,
  ROOT,
  cliEnvironment,
  runCli,
  startFleet,
  waitUntil,
} from '../../dev/index.ts';
import type { Change } from '../../src/api/index.ts';
import { endsOfMatrix } from '../support/matrix-ends.ts';
import { maintServers, serverStates } from '../support/server-states.ts';
import { type Document, documentOf, exits, told } from '../support/told.ts';

const READING: readonly (readonly string[])[] = [
  ['status'],
  ['backend', 'list'],
  ['backend', 'show', 'web'],
  ['server', 'list'],
  ['server', 'show', 'web/web1'],
  ['node', 'list'],
  ['node', 'show', 'lb1'],
  ['change', 'list'],
  ['change', 'show', 'CHG-1'],
  ['token', 'list'],
  ['context', 'list'],
  ['context', 'show'],
  ['version'],
];

const WRITING: readonly (readonly string[])[] = [
  ['server', 'disable', 'web/web1'],
  ['server', 'drain', 'web/web1', '--wait', '1s', '--then', 'disable'],
  ['server', 'enable', 'web/web1'],
  ['server', 'weight', 'web/web1', '50'],
  ['server', 'kill-sessions', 'web/web1'],
  ['backend', 'set', 'web', '--min-healthy', '1'],
  ['node', 'remove', 'lb2'],
  ['change', 'undo', 'CHG-1'],
];

/** Leaves one request hanging at this server on each load balancer; `ended` resolves when no connection is left. */
async function hangingClients(fleet: Fleet, server: string): Promise<{ readonly ended: Promise<unknown> }> {
  const app = fleet.app(server);
  const before = app.counts().requests;
  // A round over all four servers; only this one does not answer.
  const ended = fleet.instances.flatMap(({ address, port }) =>
    [1, 2, 3, 4].map(() => request(address, port)),
  );
  await waitUntil(() => app.counts().requests === before + fleet.instances.length, {
    for: 'hanging requests',
  });
  return { ended: Promise.all(ended) };
}

function request(address: string, port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () =>
      socket.write('GET /web/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    );
    socket.once('close', () => resolve());
    socket.resume();
  });
}

describe.each(endsOfMatrix())('the command line against a live fleet of HAProxy %s', (version) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({
      nodes: ['lb1', 'lb2'].map((name) => ({ name, version, labels: { role: 'edge' } })),
      backends: { web: ['web1', 'web2', 'web3', 'web4'], solo: ['solo1'] },
      control: true,
    });
    // CHG-1 stands for the tests that look at a change.
    exits(await hf('server', 'weight', 'solo/solo1', '20', '--reason', 'a fast one', '--yes'), 0);
    await waitUntil(async () => (await hf('status')).code === 0, { for: 'all green' });
  });
  afterAll(() => fleet.close());

  const hf = (...args: string[]) => fleet.hafleet(...args);
  const withOptions = (args: readonly string[], more: Omit<CliOptions, 'sandbox'> = {}) =>
    runCli(args, { sandbox: fleet.sandbox, control: fleet.control, ...more });
  const haproxies = () => fleet.instances.map(({ haproxy }) => haproxy);
  const everyMaint = () => Promise.all(haproxies().map(maintServers));
  const lastChange = async () => documentOf<Change>(await hf('change', 'list', '-o', 'json')).items[0];

  /** All that a write could have changed. */
  async function everything(): Promise<unknown> {
    const states = await Promise.all(haproxies().map(serverStates));
    const lists = [
      ['change', 'list'],
      ['node', 'list', '--expand'],
      ['backend', 'list'],
    ];
    const said = await Promise.all(lists.map((args) => hf(...args)));
    return { states, said: said.map(({ stdout }) => stdout) };
  }

  describe.each(READING.map((args) => [args.join(' '), args] as const))('%s', (_name, args) => {
    it('prints tables for people, one document for json and yaml, bare rows for plain, names for name', async () => {
      const [table, wide, json, yaml, plain, name] = await Promise.all(
        ['table', 'wide', 'json', 'yaml', 'plain', 'name'].map((format) => hf(...args, '-o', format)),
      );
      for (const result of [table, wide, json, yaml, plain, name])
        expect(result && exits(result, 0).stderr).toBe('');
      const document = json && documentOf(json);
      expect(document?.items.length).toBeGreaterThanOrEqual(
        args[0] === 'context' && args[1] === 'list' ? 0 : 1,
      );
      const other = parse(yaml?.stdout ?? '') as Document<unknown>;
      expect([other.apiVersion, other.kind, other.items.length]).toEqual([
        'hafleet/v1',
        document?.kind,
        document?.items.length,
      ]);
      expect(plain?.stdout).not.toMatch(/^[A-Z-]{4,}\t[A-Z-]{4,}/);
      for (const line of (name?.stdout ?? '').trimEnd().split('\n').filter(Boolean))
        expect(line).toMatch(/^[\w./:-]+$/);
      expect((table?.stdout ?? '') + (wide?.stdout ?? '')).not.toMatch(/undefined|NaN|\[object|null/);
    });

    it('refuses a format that does not exist and says which do', async () => {
      const { stderr } = exits(await hf(...args, '-o', 'xml'), 64);
      expect(stderr).toMatch(/xml.*\n.*table, wide, plain, json, yaml, name/);
    });
  });

  it('has nagios and milkcheck for status alone', async () => {
    const { stdout } = exits(await hf('status', '-o', 'nagios'), 0);
    expect(stdout).toMatch(/^HAFLEET OK - 5 servers up \| up=5;;;0;5 down=0 .*\n$/);
    exits(await hf('server', 'list', '-o', 'nagios'), 64);
    exits(await hf('node', 'list', '-o', 'milkcheck'), 64);
  });

  it('sorts and picks columns, and names those there are when one is not', async () => {
    const picked = exits(await hf('server', 'list', '--columns', 'server,weight', '--sort', '-weight'), 0);
    expect(picked.stdout).toMatch(/^SERVER +WEIGHT\nsolo\/solo1 +20\n/);
    expect(exits(await hf('server', 'list', '--columns', 'nope'), 64).stderr).toMatch(
      /columns: server, state/,
    );
  });

  it('changes nothing in a dry run of any write, and says so', async () => {
    const before = await everything();
    for (const args of WRITING) {
      const { stdout, stderr } = exits(await hf(...args, '--dry-run'), 0);
      expect(stdout, args.join(' ')).toMatch(/already so|dry run: nothing was changed/);
      expect(stderr).toBe('');
    }
    expect(await everything()).toEqual(before);
  });

  it('refuses every write without a terminal and without --yes, before it changes anything', async () => {
    const before = await everything();
    for (const args of WRITING.filter((one) => one[1] !== 'enable')) {
      const { stderr } = exits(await hf(...args), 64);
      expect(stderr, args.join(' ')).toMatch(/--yes/);
    }
    expect(await everything()).toEqual(before);
  });

  it('exits 64 for wrong usage with what to type', async () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [['sever', 'list'], /server/],
      [['server', 'disble', 'web1'], /disable/],
      [['server', 'disable'], /target/],
      [['server', 'disable', 'web/web9', '--yes'], /did you mean web\/web/],
      [['server', 'disable', 'web', '--yes'], /web\/\*/],
      [['server', 'disable', 'web[1', '--yes'], /write backend\/server/],
      [['server', 'disable', 'web1', '--on', 'lb[9-', '--yes'], /--on/],
      [['server', 'disable', 'web1', '--on', 'lb9', '--yes'], /lb9/],
      [['server', 'disable', 'web1', '--on', 'lb1!lb1', '--yes'], /./],
      [['server', 'disable', 'web1', '--for', '5x', '--yes'], /90s/],
      [['server', 'disable', 'web1', '--for', '1h', '--until', '16:04', '--yes'], /one of them/],
      [['server', 'disable', 'web1', '--override', 'gravity', '--reason', 'x', '--yes'], /capacity/],
      [['server', 'drain', 'web1', '--then', 'disable', '--yes'], /--wait/],
      [['server', 'weight', 'web/web1', '300', '--yes'], /256/],
      [['server', 'enable', 'web1', '--for', '1h', '--yes'], /--for/],
      [['backend', 'set', 'web', '--min-healthy', '200%', '--yes'], /100%/],
      [['backend', 'show', 'nope'], /nope/],
      [['node', 'show', 'lb9'], /lb9/],
      [['change', 'show', 'CHG-999'], /CHG-999/],
      [['change', 'undo', 'x', '--yes'], /change list/],
      [['context', 'use', 'nope'], /context/],
      [['help', 'nope'], /./],
    ];
    for (const [args, text] of cases) {
      const result = exits(await hf(...args), 64);
      expect(result.stderr, args.join(' ') + told(result)).toMatch(text);
      expect(result.stderr).toMatch(/^ {2}next {3}/m);
      expect(result.stdout).toBe('');
    }
    expect(await everyMaint()).toEqual([[], []]);
  });

  it('exits 13 without a token or with a wrong one, 14 where no server answers', async () => {
    const wrong = join(fleet.sandbox.folder, 'wrong.token');
    writeFileSync(wrong, 'not-a-token\n', { mode: 0o600 });
    expect(exits(await hf('status', '--token-file', wrong), 13).stderr).toMatch(/token/);
    exits(await hf('server', 'disable', 'web/web1', '--yes', '--token-file', wrong), 13);
    exits(await hf('status', '--token-file', `${wrong}.not`), 13);
    const server = fleet.control?.url ?? '';
    exits(await withOptions(['status'], { control: undefined, env: { HAFLEET_SERVER: server } }), 13);
    const nobody = await hf('status', '--server', `http://${fleet.control?.address}:9`);
    expect(exits(nobody, 14).stderr).toMatch(/9.*\n {2}next/);
    exits(await withOptions(['status'], { control: undefined }), 64);
    const open = join(fleet.sandbox.folder, 'open.token');
    writeFileSync(open, 'x\n', { mode: 0o644 });
    expect((await hf('status', '--token-file', open)).stderr).toMatch(/can be read by others/);
  });

  it('prefers a flag to the environment and this to the context file; context add, use, list, show, remove', async () => {
    const { url = '', adminTokenFile = '' } = fleet.control ?? {};
    const bare = (args: string[], env: Record<string, string> = {}) =>
      withOptions(args, { control: undefined, env });
    exits(await bare(['context', 'add', 'prod', '--server', url, '--token-file', adminTokenFile]), 0);
    exits(await bare(['context', 'add', 'gone', '--server', 'http://127.0.0.1:9']), 0);
    expect(exits(await bare(['status']), 0).stdout).toMatch(/^prod lb\[1-2\] /);
    expect(documentOf(await bare(['context', 'list', '-o', 'json'])).items).toMatchObject([
      { name: 'prod', server: url, current: true },
      { name: 'gone', current: false },
    ]);
    exits(await bare(['context', 'use', 'gone']), 0);
    exits(await bare(['status']), 13);
    exits(await bare(['status', '--token-file', adminTokenFile]), 14);
    exits(await bare(['status'], { HAFLEET_CONTEXT: 'prod' }), 0);
    exits(await bare(['status', '--context', 'prod'], { HAFLEET_CONTEXT: 'gone' }), 0);
    expect(exits(await bare(['context', 'show', '--context', 'prod']), 0).stdout).toContain(adminTokenFile);
    exits(await bare(['status'], { HAFLEET_CONTEXT: 'nope' }), 64);
    exits(await bare(['context', 'use', 'prod']), 0);
    exits(await bare(['context', 'remove', 'gone']), 0);
    expect(exits(await bare(['context', 'list', '-o', 'name']), 0).stdout).toBe('prod\n');
    const token = (await bare(['context', 'show', '-o', 'json'])).stdout;
    expect(token, 'a token is never printed').not.toMatch(/hft_|[A-Za-z0-9_-]{32,}"/);
    exits(await bare(['context', 'remove', 'prod']), 0);
  });

  it('makes a token that can do what its role and scope say, shows its secret once, and takes it away', async () => {
    const file = join(fleet.sandbox.folder, 'ci.token');
    const create = ['token', 'create', 'ci', '--role', 'operator', '--backends', 'web', '--out', file];
    const made = exits(await hf(...create), 0);
    const secret = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(made.stdout + made.stderr).not.toContain(secret);
    exits(await hf(...create), 1);
    const ci = (...args: string[]) => hf(...args, '--token-file', file);
    exits(await ci('status'), 0);
    exits(await ci('server', 'disable', 'web/web1', '--dry-run'), 0);
    const refused = exits(await ci('server', 'weight', 'solo/solo1', '5', '--yes'), 13);
    expect(refused.stderr).toMatch(/^ {2}next /m);
    exits(await ci('token', 'create', 'more', '--role', 'admin'), 13);
    const listed = exits(await hf('token', 'list'), 0).stdout;
    expect(listed).toMatch(/^ci +operator/m);
    expect(listed).not.toContain(secret);
    exits(await hf('token', 'revoke', 'ci', '--yes'), 0);
    exits(await ci('status'), 13);
  });

  it('watches: a document a line, until Ctrl-C, then the code of the last verdict', async () => {
    const result = await withOptions(['status', '-w', '-o', 'json'], {
      onOutput: (printed, kill) => printed.split('\n').length > 2 && kill('SIGINT'),
    });
    const lines = exits(result, 0).stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ kind: 'Status', verdict: 'OK' });
    exits(await hf('status', '-w', '-o', 'yaml'), 64);
  });

  it('reads HAFLEET_OUTPUT, HAFLEET_ASCII, HAFLEET_TOKEN, HAFLEET_TIMEOUT, HAFLEET_DEBUG, NO_COLOR and CLICOLOR_FORCE', async () => {
    const env = (more: Record<string, string>, ...args: string[]) => withOptions(args, { env: more });
    documentOf(exits(await env({ HAFLEET_OUTPUT: 'json' }, 'status'), 0));
    expect((await env({ HAFLEET_OUTPUT: 'json' }, 'status', '-o', 'name')).stdout).toBe('solo\nweb\n');
    // eslint-disable-next-line no-control-regex
    expect((await env({ HAFLEET_ASCII: '1' }, 'server', 'list')).stdout).toMatch(/^[\x0a\x20-\x7e]+$/);
    expect((await env({ LANG: 'C' }, 'server', 'list')).stdout).toMatch(/^[\x0a\x20-\x7e]+$/);
    expect((await hf('server', 'list')).stdout).toContain('● UP');
    expect((await hf('status')).stdout).not.toContain('\x1b');
    expect((await env({ CLICOLOR_FORCE: '1' }, 'status')).stdout).toContain('\x1b[32m');
    expect((await env({ CLICOLOR_FORCE: '1', NO_COLOR: '1' }, 'status')).stdout).not.toContain('\x1b');
    expect((await env({ CLICOLOR_FORCE: '1' }, 'status', '--no-color')).stdout).not.toContain('\x1b');
    const { url = '', adminTokenFile = '' } = fleet.control ?? {};
    const HAFLEET_TOKEN = readFileSync(adminTokenFile, 'utf8').trim();
    const bare = { control: undefined, env: { HAFLEET_SERVER: url, HAFLEET_TOKEN } };
    exits(await withOptions(['status'], bare), 0);
    exits(await env({ HAFLEET_TIMEOUT: 'soon' }, 'status'), 64);
    const debug = await env({ HAFLEET_DEBUG: '1' }, 'node', 'show', 'lb9');
    expect(exits(debug, 64).stderr).toMatch(/code +unknown-node\n {2}request \S+/);
  });

  it('disables, says how to undo it, is already so the second time, and undo brings it back', async () => {
    const out = exits(
      await hf('server', 'disable', 'web/web[1-2]', '--reason', 'disk', '--ticket', 'INC-7', '--yes'),
      0,
    );
    const id = /Undo: hafleet change undo (CHG-\d+)\n$/.exec(out.stdout)?.[1] ?? '';
    expect(out.stdout).toMatch(/^ok +lb\[1-2\] 2\/2\nweb\/web\[1-2\] MAINT\. {2}CHG/);
    expect(await everyMaint()).toEqual([
      ['web/web1', 'web/web2'],
      ['web/web1', 'web/web2'],
    ]);
    expect(exits(await hf('server', 'disable', 'web/web[1-2]', '--yes'), 0).stdout).toBe('already so, 2/2\n');
    const third = exits(await hf('server', 'disable', 'web/web3', '--yes'), 11);
    expect(third.stderr).toContain('web would keep 1 usable of 4 on lb[1-2], floor 2.');
    const shown = exits(await hf('change', 'show', id), 0).stdout;
    expect(shown).toMatch(/"disk", INC-7/);
    expect(exits(await hf('change', 'undo', id, '--dry-run'), 0).stdout).toMatch(/MAINT -> UP/);
    const undone = exits(await hf('change', 'undo', id, '--yes'), 0);
    expect(undone.stdout).toMatch(/^web\/web\[1-2\] READY\. {2}CHG-\d+$/m);
    expect(await everyMaint()).toEqual([[], []]);
    const twice = exits(await hf('change', 'undo', id, '--yes'), 1);
    expect(twice.stderr).toMatch(/undone/);
    exits(await hf('change', 'retry', id, '--yes'), 1);
  });

  it('lets a guard be overridden by name with a reason, and keeps both in the record', async () => {
    const refused = exits(await hf('server', 'disable', 'solo/solo1', '--yes'), 11);
    expect(refused.stderr).toMatch(
      /solo would keep 0 usable of 1 on lb\[1-2\], floor 1\.\nTo insist: --override capacity/,
    );
    exits(
      await hf('server', 'disable', 'solo1', '--override', 'capacity', '--reason', 'planned dark', '--yes'),
      0,
    );
    const change = await lastChange();
    expect(change).toMatchObject({ why: 'planned dark', overridden: ['capacity'], active: true });
    expect(exits(await hf('change', 'show', change?.id ?? ''), 0).stdout).toMatch(
      /Guards +capacity overridden/,
    );
    expect(exits(await hf('status', 'solo'), 2).stdout).toMatch(/none usable on lb\[1-2\]/);
    exits(await hf('server', 'enable', 'solo1', '--yes'), 0);
  });

  it('exits 1 when the checks stay red at the gate, goes back everywhere, and names the red nodes', async () => {
    exits(await hf('server', 'disable', 'web/web1', '--yes'), 0);
    await fleet.app('web1').behave({ kind: 'fail', status: 503 }, 'checks');
    const red = exits(await hf('server', 'enable', 'web/web1', '--gate', '1s', '--yes'), 1);
    expect(red.stdout).toMatch(/^red +lb\[1-2\]/m);
    expect(red.stdout).toMatch(/^FAILED .*gate stayed red on lb\[1-2\]/m);
    expect(await everyMaint()).toEqual([['web/web1'], ['web/web1']]);
    expect(fleet.app('web1').counts().requests).toBe(0);
    await fleet.app('web1').behave({ kind: 'ok' });
    exits(await hf('server', 'enable', 'web/web1', '--yes'), 0);
  });

  it('S3.19: exits 124 when a drain timed out, with the sessions left; 124 also for --timeout, 130 at Ctrl-C: the change goes on', async () => {
    await fleet.app('web2').behave({ kind: 'hang' }, 'traffic');
    const clients = await hangingClients(fleet, 'web2');
    const drained = exits(await hf('server', 'drain', 'web/web2', '--wait', '1s', '--yes'), 124);
    expect(drained.stdout).toMatch(/1 sessions? left/);
    expect(drained.stdout).toMatch(/^TIMED OUT /m);
    const args = ['server', 'drain', 'web/web2', '--wait', '60s', '--then', 'disable', '--yes'];
    const waited = exits(await hf(...args, '--timeout', '1s'), 124);
    expect(waited.stderr).toMatch(
      /waited long enough; CHG-\d+ goes on\. Follow: hafleet change show CHG-\d+ -w/,
    );
    let sent = false;
    const interrupted = await withOptions(args, {
      onOutput(printed, kill) {
        if (sent || !/sessions left/.test(printed)) return;
        sent = true;
        kill('SIGINT');
      },
    });
    expect(exits(interrupted, 130).stderr).toMatch(
      /no longer waiting; CHG-\d+ goes on\..*Undo: hafleet change undo/,
    );
    expect(await lastChange()).toMatchObject({ kind: 'drain', state: 'running', active: true });

    // kill-sessions ends what the drain waits for, and then the next step follows by itself.
    const killed = exits(await hf('server', 'kill-sessions', 'web/web2', '--yes'), 0);
    expect(killed.stdout).toMatch(/^web\/web2 sessions shut down\./m);
    await clients.ended;
    await waitUntil(async () => (await everyMaint()).every((one) => one.includes('web/web2')), {
      for: 'disable after the drain',
    });
    await fleet.app('web2').behave({ kind: 'ok' });
    exits(await hf('server', 'enable', 'web/web2', '--yes'), 0);
  });

  it('ends a lease by itself, through the gate', async () => {
    const out = exits(await hf('server', 'disable', 'web/web3', '--for', '1s', '--yes'), 0);
    expect(out.stdout).toMatch(/MAINT until \d\d:\d\d UTC, then enabled behind green checks\./);
    await waitUntil(async () => (await everyMaint()).every((one) => one.length === 0), { for: 'the end' });
    await waitUntil(async () => (await hf('status')).code === 0, { for: 'OK' });
    const change = await waitUntil(
      async () => {
        const last = await lastChange();
        return last?.state === 'done' && last;
      },
      { for: 'the end in the record' },
    );
    expect(change).toMatchObject({ kind: 'enable', who: expect.stringMatching(/^lease of CHG-\d+$/) });
    expect(change.why).toMatch(/^the time of CHG-\d+ is over$/);
  });

  it('sets a weight, gives the default back, and a weight for a time ends by itself', async () => {
    const weights = () =>
      Promise.all(haproxies().map(async (one) => (await serverStates(one)).get('web/web1')?.weight));
    const set = exits(await hf('server', 'weight', 'web/web1', '50', '--reason', 'warm up', '--yes'), 0);
    expect(set.stderr).toMatch(/^Change +web\/web1 weight 1 -> weight 50 on lb\[1-2\]$/m);
    expect(set.stdout).toMatch(/^web\/web1 weight 50\. {2}CHG-\d+/m);
    expect(await weights()).toEqual([50, 50]);
    for (const { haproxy } of fleet.instances) await haproxy.reload('signal');
    await waitUntil(async () => (await weights()).every((weight) => weight === 50), {
      for: '50 after a reload',
    });
    const back = exits(await hf('server', 'weight', 'web/web1', '--default', '--yes'), 0);
    expect(back.stdout).toMatch(/^web\/web1 has its default weight\./m);
    expect(await weights()).toEqual([1, 1]);
    exits(await hf('server', 'weight', 'web/web1', '7', '--for', '1s', '--yes'), 0);
    await waitUntil(async () => (await weights()).every((weight) => weight === 1), { for: 'the end' });
  });

  it('sets the floor of a backend, and holds the next change to it', async () => {
    const set = exits(
      await hf('backend', 'set', 'web', '--min-healthy', '4', '--reason', 'sale', '--yes'),
      0,
    );
    expect(set.stdout).toMatch(/web +4/);
    expect(exits(await hf('server', 'disable', 'web/web1', '--yes'), 11).stderr).toContain(
      'web would keep 3 usable of 4 on lb[1-2], floor 4.',
    );
    expect(exits(await hf('backend', 'list'), 0).stdout).toMatch(/web +OK +4\/4 +4 /);
    expect(exits(await hf('backend', 'set', 'web', '--min-healthy', '4', '--yes'), 0).stdout).toMatch(
      /^already so/,
    );
    exits(await hf('backend', 'set', 'web', '--default', '--yes'), 0);
    exits(await hf('server', 'disable', 'web/web1', '--dry-run'), 0);
  });

  it('takes names and reasons of any kind as text: none of it starts a second command', async () => {
    const nasty = 'x"; set server web/web4 state maint\\ $(id) `id` %s \u202e';
    exits(await hf('server', 'disable', 'web/web1', '--reason', nasty, '--yes'), 0);
    expect(await everyMaint()).toEqual([['web/web1'], ['web/web1']]);
    expect(await lastChange()).toMatchObject({ why: nasty });
    expect((await hf('status')).stdout).not.toContain('\u202e');
    exits(await hf('server', 'enable', 'web/web1', '--yes'), 0);
    for (const reason of ['two\nlines', '\x1b[2Jgone', 'x'.repeat(10_000)])
      exits(await hf('server', 'disable', 'web/web1', '--reason', reason, '--yes'), 64);
    for (const target of ['web/web1; disable server web/web2', 'web/web1\nx', 'w'.repeat(10_000), '', '/'])
      exits(await hf('server', 'disable', target, '--yes'), 64);
    expect(await everyMaint()).toEqual([[], []]);
  });

  it('ends quietly when nobody reads on (| head), with the code it would have had', async () => {
    const shell = (line: string) =>
      new Promise<string>((resolve, reject) => {
        const env = cliEnvironment({ sandbox: fleet.sandbox, control: fleet.control });
        execFile('bash', ['-c', line], { env }, (error, stdout, stderr) =>
          error ? reject(error) : resolve(stdout + stderr),
        );
      });
    const bin = join(ROOT, 'bin/hafleet.js');
    for (const args of ['status -o json', 'server list', 'help']) {
      const said = await shell(
        `node ${bin} ${args} 2>err.txt | true; echo "$\{PIPESTATUS[0]} $(cat err.txt)"; rm err.txt`,
      );
      expect(said, args).toBe('0 \n');
    }
  });

  it('forgets a node that is gone for good; it comes back only by a new enrolment', async () => {
    const agent = fleet.node('lb2').agent?.process;
    await agent?.stop();
    await waitUntil(async () => /lb2 +away/.test((await hf('node', 'list')).stdout), { for: 'away' });
    expect(exits(await hf('node', 'remove', 'lb2', '--dry-run'), 0).stdout).toMatch(
      /lb2 \(away, 1 instances?\)/,
    );
    expect(exits(await hf('node', 'remove', 'lb2', '--yes'), 0).stdout).toMatch(/lb2 is forgotten/);
    expect(exits(await hf('node', 'list', '-o', 'name'), 0).stdout).toBe('lb1\n');
    exits(await hf('node', 'remove', 'lb2', '--yes'), 64);
    expect(exits(await hf('status'), 0).stdout).toMatch(/^\S+ lb1 {2}1 LB /);
  });
});
