import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Agent,
  type AgentOptions,
  type Haproxy,
  type Sandbox,
  anyVersion,
  createSandbox,
  globalSection,
  startAgent,
  startHaproxy,
  waitUntil,
} from '../../dev/index.ts';
import { MAX_MESSAGE_BYTES } from '../../src/api/index.ts';
import { type ScriptedControl, intentOf, startScriptedControl } from '../support/scripted-control.ts';

/** Nobody else's numbers: the agent's user is in no group but the one that owns the socket. */
const UID = 61_234;
const GID = 61_235;
const isRoot = process.getuid?.() === 0;

let sandbox: Sandbox;
let haproxy: Haproxy;
beforeAll(async () => {
  sandbox = await createSandbox({ name: 'hf-hostile' });
  // The agent's user has to get through to its own folders.
  chmodSync(sandbox.folder, 0o711);
  const owned = isRoot ? `mode 660 gid ${GID}` : 'mode 600';
  haproxy = await startHaproxy({
    sandbox,
    name: 'lb',
    version: anyVersion(),
    config: (paths) => `${globalSection(paths, { stateFile: true }).replace('mode 600', owned)}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  load-server-state-from-file global
backend web
  server s1 127.0.0.1:1
  server s2 127.0.0.1:1
backend other
  server s1 127.0.0.1:1
`,
  });
  if (isRoot) {
    chownSync(haproxy.paths.folder, 0, GID);
    chmodSync(haproxy.paths.folder, 0o2770);
    chownSync(haproxy.paths.configFile, 0, GID);
  }
});
afterAll(() => sandbox.close());

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Rig {
  readonly agent: Agent;
  readonly control: ScriptedControl;
}

let count = 0;
async function start(more: Partial<AgentOptions> = {}): Promise<Rig> {
  const control = await startScriptedControl();
  ends.push(() => control.close());
  const name = `n${++count}`;
  const folder = join(sandbox.folder, name);
  mkdirSync(folder);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'join-1');
  const agent = await startAgent({
    sandbox,
    name,
    folder,
    servers: [control.url],
    tokenFile,
    ...(isRoot && { user: { uid: UID, gid: GID } }),
    instances: [{ name: 'http', paths: haproxy.paths, hasStateFile: true }],
    ...more,
  });
  ends.push(() => agent.process.stop());
  await waitUntil(() => control.row('web/s1'), { for: 'the first report' });
  return { agent, control };
}

/** All that HAProxy has, but for ages. */
async function everything(): Promise<string> {
  const text = await haproxy.ask('show servers state');
  return text
    .split('\n')
    .map((line) => line.split(' ').toSpliced(9, 1).join(' '))
    .join('\n');
}

function until(control: ScriptedControl, code: string, times = 1): Promise<unknown> {
  return waitUntil(() => control.events.filter((event) => event.code === code).length >= times, {
    for: `${times} × ${code}, seen ${control.events.map((event) => event.code).join(' ')}`,
    timeoutMs: 20_000,
  });
}

function statusOf({ process: { pid } }: Agent, name: string): string {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1] ?? '';
}

const intent = intentOf('web/s1', 'maint');

describe('an agent without root', () => {
  it('does its work as a member of the group that owns the socket', async () => {
    const { agent, control } = await start();
    if (isRoot) {
      expect(statusOf(agent, 'Uid').split('\t')).toEqual(Array(4).fill(String(UID)));
      expect(statusOf(agent, 'Groups').trim()).toMatch(new RegExp(`^(${GID})?$`));
    }
    control.desire([intent]);
    await control.status('CHG-1:web/s1', 'done');
    expect(await everything()).toMatch(/web \d+ s1 \S+ 0 1 /);
    expect(readFileSync(haproxy.paths.stateFile, 'utf8')).toMatch(/web \d+ s1 /);
    control.desire([intentOf('web/s1', 'ready', { order: 2, phase: 'entering' })]);
    await control.status('CHG-2:web/s1', 'done');
  });

  it('replaces a symlink in the place of its state file, and leaves alone what it points to', async () => {
    const victim = join(sandbox.folder, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o666 });
    const linked = join(haproxy.paths.folder, 'linked-state');
    symlinkSync(victim, linked);
    const { control } = await start({
      instances: [{ name: 'http', paths: { ...haproxy.paths, stateFile: linked }, hasStateFile: true }],
    });
    control.desire([intent]);
    await control.status('CHG-1:web/s1', 'done');
    await waitUntil(() => lstatSync(linked).isFile(), { for: 'a plain file' });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    control.desire([intentOf('web/s1', 'ready', { order: 2, phase: 'entering' })]);
    await control.status('CHG-2:web/s1', 'done');
  });
});

describe('a server that asks for what it may not', () => {
  const limits: [string, Partial<AgentOptions>, string][] = [
    ['readOnly', { more: { readOnly: true } }, 'read-only'],
    ['allow without servers', { allow: ['observe', 'maps', 'reload'] }, 'not-allowed'],
    ['other backends', { more: { backends: ['oth*'] } }, 'backend-not-allowed'],
  ];
  it.each(limits)('is held to the local file: %s', async (_name, more, code) => {
    const { agent, control } = await start(more);
    const before = await everything();
    control.desire([intent, intentOf('web/s2', 0)]);
    const kill = { kind: 'kill-sessions', instance: 'http', backend: 'web', server: 's1' };
    control.sendRaw({ type: 'operation', id: 'op-1', operation: kill });
    await control.status('CHG-1:web/s1', 'forbidden');
    await until(control, code, 3);
    expect(await everything()).toBe(before);
    expect(agent.process.restarts).toBe(0);
  });

  it('gets nothing, a coded event for each try, and an agent that goes on', async () => {
    const { agent, control } = await start({ more: { backends: ['web'] } });
    control.desire([], { revision: 10 });
    const before = await everything();
    const operations: [object, string][] = [
      [{ kind: 'kill-sessions', instance: 'ldap', backend: 'web', server: 's1' }, 'unknown-instance'],
      [{ kind: 'kill-sessions', instance: 'http', backend: 'other', server: 's1' }, 'backend-not-allowed'],
      [{ kind: 'kill-sessions', instance: 'http', backend: 'web', server: 's9' }, 'no-such-server'],
      [{ kind: 'kill-sessions', instance: '../ldap', backend: 'web', server: 's1' }, 'operation-invalid'],
      [
        { kind: 'kill-sessions', instance: '/run/other.sock', backend: 'web', server: 's1' },
        'operation-invalid',
      ],
      [
        { kind: 'kill-sessions', instance: 'http', backend: 'web', server: 's1;disable server web/s2' },
        'operation-invalid',
      ],
      [
        { kind: 'kill-sessions', instance: 'http', backend: 'web', server: 's1\nshow env' },
        'operation-invalid',
      ],
      [{ kind: 'set-map', map: '/etc/passwd', key: 'a', value: 'b' }, 'operation-unknown'],
      [{ kind: 'set-map', map: '../../x.map', key: 'a', value: 'b' }, 'operation-unknown'],
      [{ kind: 'run', command: 'touch /tmp/x' }, 'operation-unknown'],
      [{ kind: 'reload', validate: '/bin/true', reload: '/bin/true' }, 'operation-unknown'],
    ];
    for (const [at, [operation, code]] of operations.entries()) {
      const seen = control.events.filter((event) => event.code === code).length;
      control.sendRaw({ type: 'operation', id: `op-${at}`, operation });
      await until(control, code, seen + 1);
    }
    const results = control.messages.filter((one) => one.type === 'operation-result');
    expect(results.map(({ id, ok, code }) => [id, ok, code])).toEqual(
      operations.map(([, code], at) => [`op-${at}`, false, code]),
    );

    const strange = [
      { ...intent, id: 'a', server: '../s1' },
      { ...intent, id: 'b', server: 's1;show env' },
      { ...intent, id: 'c', backend: '/etc/haproxy' },
      { ...intent, id: 'd', instance: '../http' },
      { ...intent, id: 'e', why: 'two\nlines' },
      { ...intent, id: 'f', want: { aspect: 'state', state: 'gone' } },
      { ...intent, id: 'g', phase: 'gating' },
      { ...intent, id: 'h', want: { aspect: 'weight', weight: 257 } },
      { ...intent, id: 'i', want: { aspect: 'weight', weight: 5 }, phase: 'returning' },
      { ...intent, id: 'j', want: { aspect: 'command', command: 'reload' } },
    ];
    control.desire([
      ...(strange as never[]),
      { ...intent, id: 'k', instance: 'ldap' },
      { ...intent, id: 'l', backend: 'other' },
      { ...intent, id: 'm', server: '..' },
    ]);
    await until(control, 'intent-unknown');
    expect(control.events.find(({ code }) => code === 'intent-unknown')?.message).toMatch(
      / 10 of the intents/,
    );
    await control.status('l', 'forbidden');
    await control.status('m', 'absent');

    const hostile: [string, () => void][] = [
      [
        'digest-wrong',
        () => control.sendRaw({ ...wanted(99), position: { ...wanted(99).position, digest: 'x' } }),
      ],
      ['revision-lower', () => control.desire([intent], { revision: 3 })],
      ['revision-forked', () => control.desire([intent], { revision: 11 })],
      ['other-fleet', () => control.desire([intent], { revision: 50, fleetId: 'theirs' })],
      ['unknown-epoch', () => control.desire([intent], { revision: 50, epoch: 2 })],
      ['not-what-i-hold', () => control.sendRaw({ ...wanted(50), after: { ...wanted(40).position } })],
      ['message-refused', () => control.sendText('{"type":')],
      ['message-refused', () => control.sendRaw({ type: 'desired', position: null, intents: 'all' })],
      [
        'message-refused',
        () =>
          control.sendText(
            `{"type":"desired","position":${JSON.stringify(wanted(50).position)},"intents":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}`,
          ),
      ],
      [
        'epoch-unproven',
        () =>
          control.sendRaw({
            type: 'welcome',
            protocol: { major: 1, minor: 0 },
            version: '0',
            fleetId: 'fleet-1',
            epoch: 2,
            proof: { text: '{}', signature: 'x' },
          }),
      ],
    ];
    for (const [code, attack] of hostile) {
      const seen = control.events.filter((event) => event.code === code).length;
      attack();
      await until(control, code, seen + 1);
    }
    const many = Array.from({ length: 100_000 }, (_, at) => ({ ...intent, id: `x${at}`, on: '' }));
    for (let times = 0; times < 3; times++) control.desire(many, { revision: 100 + times });
    await until(control, 'too-many-intents', 3);

    expect(await everything()).toBe(before);
    expect(agent.process.restarts).toBe(0);
    // Three times 25 MB of JSON went through it.
    expect(Number.parseInt(statusOf(agent, 'VmHWM'), 10)).toBeLessThan(500_000);

    control.sendText('x'.repeat(MAX_MESSAGE_BYTES + 1));
    await waitUntil(() => !control.connected, { for: 'the end of the connection' });
    await until(control, 'message-too-long');
    for (let at = 0; at < 150; at++) control.sendText('{}');
    await waitUntil(() => !control.connected, { for: 'the end of the connection' });
    await until(control, 'server-misbehaves');

    control.desire([intent], { revision: 200 });
    await control.status('CHG-1:web/s1', 'done');
    expect(agent.process.restarts).toBe(0);
    expect(Number.parseInt(statusOf(agent, 'VmHWM'), 10)).toBeLessThan(500_000);
    control.desire([intentOf('web/s1', 'ready', { order: 2, phase: 'entering' })], { revision: 201 });
    await control.status('CHG-2:web/s1', 'done');
  });
});

function wanted(revision: number) {
  return {
    type: 'desired',
    position: { fleetId: 'fleet-1', epoch: 1, revision, digest: EMPTY },
    intents: [],
  };
}

/** Of no intents at all. */
const EMPTY = '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945';
