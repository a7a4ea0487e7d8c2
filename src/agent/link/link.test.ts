import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../../../dev/wait.ts';
import {
  type ControlOptions,
  type ScriptedControl,
  intentOf,
  startScriptedControl,
} from '../../../test/support/scripted-control.ts';
import { type RunningAgent, startAgent } from '../main.ts';
import { readMessage } from './messages.ts';

let folder: string;
let ends: (() => Promise<void>)[] = [];
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hf-link-'))));
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
  rmSync(folder, { recursive: true });
});

async function startControl(options: ControlOptions = {}): Promise<ScriptedControl> {
  const control = await startScriptedControl(options);
  ends.push(() => control.close());
  return control;
}

/** An agent whose HAProxy is not there: it has servers to talk to and nothing to say. */
async function start(servers: readonly ScriptedControl[], tokenFile?: string) {
  const logged: { code?: string; msg: string }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const agent: RunningAgent = await startAgent({
    localFile: {
      name: 'n1',
      servers: servers.map(({ url }) => ({ url })),
      dataFolder: join(folder, 'data'),
      instances: [{ name: 'http', config: '/nowhere/haproxy.cfg', statsSocket: '/nowhere/admin.sock' }],
      ...(tokenFile !== undefined && { tokenFile }),
    },
    ...(tokenFile === undefined && { joinToken: 'join-1' }),
    log,
    version: '0',
  });
  ends.push(() => agent.stop());
  const said = (code: string) => logged.filter((line) => line.code === code);
  return { agent, said };
}

const ready = (control: ScriptedControl) =>
  waitUntil(() => control.instance(), { for: 'first report', everyMs: 1 });

describe('the link', () => {
  it('enrols once, and keeps the credential for its user alone', async () => {
    const control = await startControl();
    const { agent } = await start([control]);
    await ready(control);
    await agent.stop();
    expect(readFileSync(join(folder, 'data/credential'), 'utf8')).toBe('secret-1');
    expect(statSync(join(folder, 'data/credential')).mode & 0o777).toBe(0o600);
    await start([control]);
    await ready(control);
    expect(control.enrolments).toBe(1);
  });

  it('reads the join token from its file', async () => {
    const control = await startControl();
    writeFileSync(join(folder, 'token'), ' join-1\n');
    await start([control], join(folder, 'token'));
    await ready(control);
  });

  it.each([
    ['join-token-wrong', { joinToken: 'another' }],
    ['node-name-taken', { enrolError: { status: 409, code: 'node-name-taken' } }],
  ] as const)('says %s once, with what to do, and does not ask again soon', async (code, options) => {
    const control = await startControl(options);
    const { said } = await start([control]);
    await waitUntil(() => said(code).length > 0, { for: code });
    expect(said(code).map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/did not enrol this node.*\(.*\)/),
    ]);
    expect(control.enrolments).toBe(1);
    expect(existsSync(join(folder, 'data/credential'))).toBe(false);
  });

  it('says that a tokenFile is missing', async () => {
    const control = await startControl();
    const { said } = await start([control], join(folder, 'missing'));
    await waitUntil(() => said('not-enrolled').length > 0, { for: 'not-enrolled' });
  });

  it('comes back after a cut and tells everything anew', async () => {
    const control = await startControl();
    await start([control]);
    await ready(control);
    control.disconnect();
    await waitUntil(() => control.messages.filter(({ type }) => type === 'hello').length === 2, {
      for: 'hello',
    });
    await waitUntil(() => control.instance()?.report.full === true || control.instance(), { for: 'report' });
    const reports = control.messages.flatMap((one) =>
      one.type === 'report' ? [one.instances[0]?.full] : [],
    );
    expect(reports.filter(Boolean).length).toBe(2);
  });

  it('reports to all its servers and takes the newest of what they want', async () => {
    const controls = [await startControl(), await startControl()] as const;
    const { said } = await start(controls);
    await Promise.all(controls.map(ready));
    controls[0].desire([intentOf('web/s1', 'maint')], { revision: 5 });
    await waitUntil(() => controls[1].messages.some((m) => m.type === 'report' && m.holds?.revision === 5), {
      for: 'revision 5 at the other server',
    });
    controls[1].desire([], { revision: 4 });
    await waitUntil(() => said('revision-lower').length === 1, { for: 'the refusal' });
    expect(JSON.parse(readFileSync(join(folder, 'data/held.json'), 'utf8'))).toMatchObject({
      position: { revision: 5 },
      intents: [{ id: 'CHG-1:web/s1' }],
    });
  });

  it('does nothing that a server of another major version wants', async () => {
    const control = await startControl({ major: 2 });
    const { said } = await start([control]);
    await ready(control);
    control.desire([intentOf('web/s1', 'maint')]);
    await waitUntil(() => control.messages.length > 3, { for: 'a heartbeat' });
    expect(said('protocol-differs')).toHaveLength(1);
    expect(control.messages.at(-1)).toMatchObject({ holds: null });
  });

  it('reports an instance that was never read as failing, with the reason', async () => {
    const control = await startControl();
    await start([control]);
    await waitUntil(() => control.instance()?.report.error, { for: 'the error' });
    expect(control.instance()?.report).toMatchObject({
      reading: 'failing',
      readAgeMs: null,
      error: { code: 'socket-missing' },
    });
    expect(control.invalid).toEqual([]);
  });
});

describe('readMessage', () => {
  it('names what is wrong with a message and throws nothing', () => {
    expect(readMessage('{')).toEqual({ type: 'invalid', reason: 'it is not JSON' });
    expect(readMessage('{"type":"dance"}')).toMatchObject({
      type: 'invalid',
      reason: expect.stringContaining('dance'),
    });
    expect(readMessage('7')).toMatchObject({ type: 'invalid' });
  });

  it.each([
    ['an object that stands for no value as its type', '{"type":{"toString":1,"valueOf":1}}'],
    ['a list without end as its type', `{"type":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    [
      'what cannot be compared for an id',
      '{"type":"operation","id":{"length":{"toString":1}},"operation":{}}',
    ],
  ])('takes %s for invalid and goes on', (_what, text) => {
    expect(readMessage(text)).toMatchObject({ type: 'invalid', reason: expect.any(String) });
  });

  it('leaves out the one intent that cannot be compared', () => {
    const known = intentOf('web/s1', 'maint');
    const odd = { ...known, id: 'odd', who: { length: { toString: 1 } } };
    const position = { fleetId: 'f', epoch: 1, revision: 1, digest: 'd' };
    expect(readMessage(JSON.stringify({ type: 'desired', position, intents: [odd, known] }))).toMatchObject({
      intents: [known],
      unknown: ['odd'],
    });
  });

  it('keeps the intents it knows beside one it does not', () => {
    const known = intentOf('web/s1', 'maint');
    const position = { fleetId: 'f', epoch: 1, revision: 1, digest: 'd' };
    const message = {
      type: 'desired',
      position,
      intents: [known, { ...known, id: 'new', want: { aspect: 'colour' } }],
    };
    expect(readMessage(JSON.stringify(message))).toMatchObject({ intents: [known], unknown: ['new'] });
  });
});
