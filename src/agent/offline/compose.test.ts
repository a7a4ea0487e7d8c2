import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WireIntent, wireIntent } from '../../api/index.ts';
import { type AspectMemory, type Limits, composeStateFile } from '../../plan/index.ts';
import { composeOffline } from './compose.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hf-offline-'));
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `global
  server-state-file ${folder}/state
defaults
  load-server-state-from-file global
backend web
  default-server check
  server s1 10.0.0.1:80
  server s2 10.0.0.2:80
  server s3 10.0.0.3:80 no-check
  server s4 "\${NONE}:80"
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const LIMITS: Limits = { allow: ['servers'], backends: ['*'], readOnly: false };
const MEMORY: AspectMemory = { intent: 'CHG-1:web/s1', revision: 1, worker: '1@1', done: true };

function intent(server: string, state: 'maint' | 'drain' | 'ready', phase: WireIntent['phase'] = 'holding') {
  return wireIntent.parse({
    id: `CHG-1:web/${server}`,
    change: 'CHG-1',
    order: 1,
    revision: 1,
    instance: '*',
    backend: 'web',
    server,
    want: { aspect: 'state', state },
    phase,
    who: 'mara',
    why: '',
    from: 0,
  });
}

interface Given {
  readonly intents?: readonly WireIntent[];
  readonly old?: readonly [string, number, number][];
  readonly memory?: readonly string[];
  readonly limits?: Limits;
}

/** The lines, as `server operational-state admin-flags address port`. */
function check({ intents = [], old = [], memory = [], limits = LIMITS }: Given) {
  const lines = old.map(
    ([server, op, admin]) => `1 web 1 ${server} 10.9.9.9 ${op} ${admin} 1 1 0 1 0 0 6 0 0 0 - 81 - 0 0 - - 0`,
  );
  const found = composeOffline({
    local: {
      name: 'http',
      groups: [],
      mode: 'observe',
      config: join(folder, 'haproxy.cfg'),
      statsSocket: '/s',
      stateFile: join(folder, 'state'),
      stateFileFrom: 'start',
    },
    limits,
    intents,
    memory: new Map(memory.map((server) => [`web/${server}/state`, MEMORY])),
    stateFileText: old.length === 0 ? '' : ['1', HEADER, ...lines, ''].join('\n'),
  });
  expect(found.isLoaded).toBe(true);
  const written = composeStateFile(found.input).map((line) =>
    [line.server, line.operationalState, line.adminFlags, line.address, line.port].join(' '),
  );
  return { written, leftOut: found.leftOut };
}

const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';

describe('the state file of a HAProxy that does not run', () => {
  it('is composed from haproxy.cfg and the intents alone', () => {
    const { written } = check({ intents: [intent('s1', 'maint'), intent('s3', 'drain')] });
    expect(written).toEqual(['s1 0 1 10.0.0.1 80', 's3 2 8 10.0.0.3 80']);
  });

  it('keeps who was red, and what somebody did by hand, at the address of haproxy.cfg', () => {
    const { written } = check({
      old: [
        ['s1', 0, 0],
        ['s2', 0, 1],
        ['gone', 0, 1],
      ],
    });
    expect(written).toEqual(['s1 0 0 10.0.0.1 80', 's2 0 1 10.0.0.2 80']);
  });

  it('lets in behind a check what an intent had taken out that nobody wants any more', () => {
    const old: [string, number, number][] = [
      ['s1', 0, 1],
      ['s3', 0, 1],
    ];
    expect(check({ old, memory: ['s1', 's3'] }).written).toEqual(['s1 0 0 10.0.0.1 80']);
  });

  it('keeps a server out that is to come in: its agent gates it first', () => {
    const old: [string, number, number][] = [['s1', 0, 1]];
    for (const phase of ['gating', 'entering', 'returning'] as const)
      expect(check({ old, memory: ['s1'], intents: [intent('s1', 'ready', phase)] }).written).toEqual([
        's1 0 1 10.0.0.1 80',
      ]);
  });

  it('does nothing that the local file forbids', () => {
    for (const limits of [
      { ...LIMITS, readOnly: true },
      { ...LIMITS, allow: [] },
      { ...LIMITS, backends: ['other'] },
    ])
      expect(check({ intents: [intent('s1', 'maint')], limits }).written).toEqual([]);
  });

  it('names the servers whose address only the running HAProxy knows, and uses what the file knew of them', () => {
    const intents = [intent('s4', 'maint')];
    expect(check({ intents })).toEqual({ written: [], leftOut: ['web/s4'] });
    expect(check({ intents, old: [['s4', 0, 1]] })).toEqual({ written: ['s4 0 1 10.9.9.9 80'], leftOut: [] });
  });
});
