import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Fleet, runCli, waitForAgents, waitUntil } from '../../dev/index.ts';
import { enrol } from '../support/enrol.ts';
import {
  adminOf,
  expectError,
  expectExit,
  fleetsOfThisFile,
  hasStackTrace,
  oldestAndNewest,
} from '../support/fleet-facts.ts';

const start = fleetsOfThisFile();

const WEB = { web: ['web1', 'web2', 'web3', 'web4'] };
const disable = (fleet: Fleet, target: string, ...more: string[]) =>
  fleet.hafleet('server', 'disable', target, '--yes', ...more);

describe('bad words', () => {
  const LONG = 'x'.repeat(10_000);
  const HARMFUL = [
    'web1;disable frontend main',
    'web1 ; disable frontend main',
    'web1\ndisable frontend main',
    'web1\r\ndisable frontend main',
    'web1 <<\ndisable frontend main\n\n',
    "web1';disable frontend main;'",
    '"web1";disable frontend main',
    'web1\\;disable frontend main',
    '$(disable frontend main)',
    'web1\u0000;disable frontend main',
    '\u001b]0;web1\u0007;disable frontend main',
    `web1;disable frontend main;${LONG}`,
    LONG,
  ];

  it.each(oldestAndNewest())(
    'start no second command on HAProxy %s, whatever they are put into',
    async (version) => {
      const fleet = await start({ nodes: [{ name: 'lb1', version }], backends: WEB, control: true });
      const { haproxy } = fleet.instance('lb1/http');
      const before = await allStates(fleet);
      const api = fleet.control?.api();
      const url = `${fleet.control?.url}/v1/changes`;
      const token = readFileSync(fleet.control?.adminTokenFile ?? '', 'utf8').trim();
      const post = async (body: unknown) => {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const text = await answer.text();
        expect(hasStackTrace(text)).toBe(false);
        return { status: answer.status, text };
      };
      for (const word of HARMFUL) {
        const bodies = [
          { kind: 'disable', targets: [word] },
          { kind: 'disable', targets: [`web/${word}`] },
          { kind: 'disable', targets: [`${word}/web1`] },
          { kind: 'kill-sessions', targets: [`web/${word}`] },
          { kind: 'weight', targets: ['web/web1'], weight: word },
          { kind: word, targets: ['web/web1'] },
          { kind: 'disable', targets: ['web/web1'], on: word },
          { kind: 'disable', targets: ['web/web1'], exclude: word },
          { kind: 'disable', targets: ['web/web1'], instance: word },
        ];
        for (const body of bodies) {
          const { status, text } = await post(body);
          expect(
            status,
            `${JSON.stringify(body).slice(0, 200)}: ${text.slice(0, 300)}`,
          ).toBeGreaterThanOrEqual(400);
          expect(status).toBeLessThan(500);
          expect(JSON.parse(text)).toMatchObject({
            error: { code: expect.any(String), hint: expect.any(String) },
          });
        }
      }
      expect(await allStates(fleet)).toEqual(before);
      expect(await haproxy.ask('show stat')).toMatch(/^main,FRONTEND,.*,OPEN,/m);
      expect((await api?.changes())?.items).toEqual([]);
    },
  );

  it('are kept as they are where they are only read: a reason with `;` and quotes is a reason', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB, control: true });
    const { haproxy } = fleet.instance('lb1/http');
    const why = `disk; disable frontend main "it's" \\ $(reboot) <<`;
    expectExit(await disable(fleet, 'web/web1', '--reason', why, '--ticket', 'INC-7;x'), 0);
    expect(await fleet.control?.api().change('CHG-1')).toMatchObject({ why, ticket: 'INC-7;x' });
    expect((await fleet.hafleet('change', 'show', 'CHG-1')).stdout).toContain(why);
    for (const bad of ['two\nlines', 'a\u001b[31mred', LONG]) {
      const refused = await disable(fleet, 'web/web2', '--reason', bad);
      expectError(refused, 64, /reason/i);
      expect(refused.stderr).not.toContain('\u001b');
    }
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web2')).toBe('ready');
    expect(await haproxy.ask('show stat')).toMatch(/^main,FRONTEND,.*,OPEN,/m);
  });

  it('start no second command on one socket without a server either', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB });
    const { haproxy } = fleet.instance('lb1/http');
    const before = await allStates(fleet);
    for (const word of HARMFUL.filter((text) => !text.includes('\u0000'))) {
      const at = ['--socket', haproxy.paths.statsSocket];
      for (const target of [word, `web/${word}`]) {
        const result = await fleet.hafleet(...at, 'server', 'disable', '--yes', '--', target);
        expectExit(result, 64);
        expect(result.stderr).toMatch(/next/);
      }
    }
    expect(await allStates(fleet)).toEqual(before);
    expect(await haproxy.ask('show stat')).toMatch(/^main,FRONTEND,.*,OPEN,/m);
  });

  it('are refused with what is wrong with them: ranges, sets, names, durations, weights', async () => {
    const fleet = await start({
      nodes: [{ name: 'lb1' }],
      backends: { web: ['web1', 'web2'], api: ['web1', 'api1'] },
      control: true,
    });
    const at = ['server', 'disable', '--yes'];
    const cases: [string[], RegExp][] = [
      [[...at, 'web/web[1-'], /web\[1-/],
      [[...at, 'web/web[2-1]'], /2-1/],
      [[...at, 'web/web1', '--on', 'lb[1-'], /lb\[1-/],
      [[...at, 'web/web1', '--on', 'lb[9-1]'], /9-1/],
      [[...at, 'web/web1', '--on', 'lb9'], /lb9/],
      [[...at, 'web/web1', '--on', '*!*'], /no node|empty|match/],
      [[...at, 'web/wbe1'], /wbe1/],
      [[...at, 'nope/web1'], /nope/],
      [[...at, 'web/web1', '--for', 'soon'], /soon/],
      [[...at, 'web/web1', '--until', 'yesterday-ish'], /yesterday-ish/],
      [['server', 'weight', 'web/web1', '257', '--yes'], /257/],
      [['server', 'weight', 'web/web1', '-1', '--yes'], /-1/],
      [['backend', 'set', 'nope', '--min-healthy', '1', '--yes'], /nope/],
      [['node', 'show', 'lb9'], /lb9/],
      [['change', 'show', 'CHG-99'], /CHG-99/],
    ];
    for (const [args, text] of cases) expectError(await fleet.hafleet(...args), 64, text);
    expect((await fleet.control?.api().changes())?.items).toEqual([]);
  });
});

describe('tokens', () => {
  it('that are wrong or missing are said to be so, exit 13, and change nothing', async () => {
    const fleet = await start({ nodes: [{ name: 'lb1' }], backends: WEB, control: true });
    const { control, sandbox } = fleet;
    const wrongFile = join(sandbox.folder, 'wrong.token');
    for (const wrong of ['not-the-token', 'a b', ' ', 'x'.repeat(5_000)]) {
      writeFileSync(wrongFile, `${wrong}\n`);
      const env = { HAFLEET_SERVER: control?.url ?? '', HAFLEET_TOKEN_FILE: wrongFile };
      const result = await runCli(['server', 'disable', 'web/web1', '--yes'], { sandbox, env });
      expectError(result, 13, /token/);
      expect(result.stderr).not.toContain('not-the-token');
    }
    const missing = await runCli(['status'], { sandbox, env: { HAFLEET_SERVER: control?.url ?? '' } });
    expectError(missing, 13, /token/);
    // A join token lets a node in, and is no key to the API.
    const env = { HAFLEET_SERVER: control?.url ?? '', HAFLEET_TOKEN_FILE: control?.joinTokenFile ?? '' };
    expectError(await runCli(['server', 'disable', 'web/web1', '--yes'], { sandbox, env }), 13, /token/);
    expect(await adminOf(fleet.instance('lb1/http'), 'web/web1')).toBe('ready');
  });

  it('a wrong join token keeps a node out, says so in its log, and lets it in once it is right', async () => {
    const fleet = await start({
      nodes: [{ name: 'lb1' }, { name: 'lb2', agent: false }],
      backends: WEB,
      control: true,
    });
    const { control } = fleet;
    const right = readFileSync(control?.joinTokenFile ?? '', 'utf8');
    const folder = join(fleet.sandbox.folder, 'lb2');
    mkdirSync(folder, { recursive: true });
    const tokenFile = join(folder, 'join.token');
    writeFileSync(tokenFile, 'wrong\n');
    const agent = await enrol(fleet, 'lb2');
    await agent.process.stop();
    writeFileSync(
      agent.configFile,
      readFileSync(agent.configFile, 'utf8').replace(/tokenFile: .*/, `tokenFile: ${tokenFile}`),
    );
    rmSync(join(agent.folder, 'data'), { recursive: true, force: true });
    expect((await fleet.hafleet('node', 'remove', 'lb2', '--yes')).code).not.toBeNull();
    writeFileSync(agent.process.logFile, '');
    await agent.process.start();
    const said = await waitUntil(
      () => {
        const log = readFileSync(agent.process.logFile, 'utf8');
        return log.includes('join-token-wrong') && log;
      },
      { for: 'the log to say so' },
    );
    expect(said).toContain('tokenFile');
    expect((await control?.api().nodes())?.items.map(({ name }) => name)).toEqual(['lb1']);
    writeFileSync(tokenFile, right);
    await agent.process.stop();
    await agent.process.start();
    if (control) await waitForAgents(control, fleet.nodes);
  });
});

function allStates(fleet: Fleet): Promise<string[]> {
  return Promise.all(
    fleet.instances.map(async ({ haproxy }) => {
      const text = await haproxy.ask('show servers state');
      return text
        .split('\n')
        .map((line) => line.split(' ').slice(1, 9).join(' '))
        .join('\n');
    }),
  );
}
