import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFollow } from '../../../src/agent/held/follow.ts';
import { openHeld } from '../../../src/agent/held/held.ts';
import { MAX_INTENTS, readMessage } from '../../../src/agent/link/messages.ts';
import { agentMessage, tryParse } from '../../../src/api/index.ts';
import { canonicalJson, sha256 } from '../../../src/lib/index.ts';
import { isHaproxyName } from '../../../src/model/index.ts';
import type { Random } from '../random.ts';
import { nearJson } from './json.ts';
import { broken, target } from './target.ts';
import { once } from './words.ts';

const POSITION = { fleetId: 'f1', epoch: 2, revision: 10, digest: 'a', fence: 3 };
const INTENT = {
  id: 'CHG-1:web/web1',
  change: 'CHG-1',
  order: 1,
  revision: 10,
  instance: '*',
  backend: 'web',
  server: 'web1',
  want: { aspect: 'state', state: 'maint' },
  phase: 'holding',
  on: '*',
  who: 'mara',
  why: 'disk',
  from: 0,
};
const WEIGHT = { ...INTENT, id: 'CHG-2:web/web2', server: 'web2', want: { aspect: 'weight', weight: 10 } };
const PROOF = { text: '{"fleetId":"f1","epoch":3,"nodes":{"lb1":null}}', signature: 'AAAA' };

/** What servers say, by the kinds of the protocol. */
const FROM_SERVER = [
  {
    type: 'welcome',
    protocol: { major: 1, minor: 0 },
    version: '0.1.0',
    fleetId: 'f1',
    epoch: 3,
    proof: PROOF,
  },
  { type: 'desired', position: POSITION, after: null, intents: [INTENT, WEIGHT] },
  {
    type: 'operation',
    id: 'op1',
    operation: { kind: 'kill-sessions', instance: 'http', backend: 'web', server: 'web1' },
  },
  { type: 'operation', id: 'op2', operation: { kind: 'doctor' } },
  { type: 'level', position: POSITION },
  { type: 'local-taken', position: POSITION, changes: [{ id: 'LOC-1', change: 'CHG-1' }] },
  { type: 'tell-held' },
  { type: 'refused', code: 'x', message: 'y' },
];

const SERVER_ROW = {
  backend: 'web',
  server: 'web1',
  id: 1,
  address: '127.0.0.1',
  port: 80,
  operationalState: 2,
  adminFlags: 0,
  weight: 1,
  initialWeight: 1,
  checkStatus: 6,
  checkState: 6,
  checkResult: 3,
  checkHealth: 4,
  agentState: 0,
  since: 0,
  check: 'L7OK/200',
  backup: false,
  checkIntervalMs: 1000,
  rise: 2,
  sessions: 3,
};
const INSTANCE = {
  name: 'http',
  groups: [],
  mode: 'observe',
  reading: 'ok',
  readAgeMs: 0,
  full: true,
  level: 'admin',
  worker: { pid: 1, startedAt: 1, version: '3.0.11', description: 'x' },
  servers: [SERVER_ROW, { ...SERVER_ROW, server: 'constructor' }],
  gone: [{ backend: 'web', server: 'web9' }],
  intents: [{ id: INTENT.id, revision: 10, status: 'done', servers: 1 }],
};

/** What agents say. */
export const FROM_AGENT = [
  {
    type: 'hello',
    protocol: { major: 1, minor: 0 },
    version: '0.1.0',
    node: 'hostile',
    labels: { site: 'fra' },
    holds: null,
    asks: 'level',
  },
  {
    type: 'report',
    holds: POSITION,
    instances: [INSTANCE],
    events: [{ at: 1, severity: 'warning', code: 'x', instance: 'http', message: 'y' }],
  },
  {
    type: 'report',
    holds: null,
    instances: [{ ...INSTANCE, full: false, gone: [{ backend: 'web', server: 'web1' }] }],
  },
  { type: 'held', position: POSITION, intents: [INTENT] },
  { type: 'operation-result', id: 'op1', ok: true, code: 'x', message: 'y', closed: 1, findings: [], at: 1 },
];

interface Told {
  readonly text: string;
  /** Of the desired state; made right, as a server that means harm would. */
  readonly hasRightDigest: boolean;
}

let folder: string | undefined;
const temporary = () => (folder ??= mkdtempSync(join(tmpdir(), 'hafleet-fuzz-agent-')));

function checkFollow(text: string): void {
  const said: string[] = [];
  const held = openHeld(join(temporary(), 'held.json'));
  const journal = {
    event: (_severity: unknown, code: string, message: string) => void said.push(code, message),
  };
  const follow = createFollow({ held, node: 'lb1', journal, fleetKey: () => 'no key' });
  const first = { ...POSITION, revision: 1, digest: sha256(canonicalJson([])) };
  follow.desired({ type: 'desired', position: first, intents: [], unknown: [], digest: first.digest });
  const message = readMessage(text);
  if (message.type === 'welcome' && message.proof) follow.epoch(message.proof);
  if (message.type === 'desired') {
    const taken = follow.desired(message);
    if (!taken && said.length === 0 && JSON.stringify(message.intents) !== '[]')
      broken('refused without a code');
  }
  if (message.type === 'invalid' || message.type === 'operation-refused')
    if (message.reason === '' || message.reason.length > 2_000)
      broken('refused without a reason, or with an endless one');
  if (held.intents.length > MAX_INTENTS) broken(`${held.intents.length} intents were taken`);
  for (const { backend, server } of held.effective)
    if (!isHaproxyName(server) || (backend !== '*' && !isHaproxyName(backend)))
      broken(`taken: ${backend}/${server}`);
}

/** Whatever a server says is read, refused by itself with a reason, and never takes the agent down. */
export const serverMessages = target<Told>({
  name: 'server-messages',
  share: 45,
  make: (random) => ({ text: nearJson(random, random.pick(FROM_SERVER)), hasRightDigest: !once(random, 4) }),
  check({ text, hasRightDigest }) {
    checkFollow(hasRightDigest ? withRightDigest(text) : text);
  },
  close() {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
    return Promise.resolve();
  },
});

function withRightDigest(text: string): string {
  try {
    const value = JSON.parse(text) as { intents?: unknown; position?: { digest?: unknown } };
    if (!Array.isArray(value.intents) || !value.position) return text;
    return JSON.stringify({
      ...value,
      position: { ...value.position, digest: sha256(canonicalJson(value.intents)) },
    });
  } catch {
    return text;
  }
}

export function agentText(random: Random): string {
  return nearJson(random, random.pick(FROM_AGENT));
}

/** Whatever an agent says: understood or refused with the place of what is wrong. */
export const agentMessages = target<string>({
  name: 'agent-messages',
  share: 30,
  make: agentText,
  check(text) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    const parsed = tryParse(agentMessage, value);
    if (!parsed.success && parsed.error.issues.length === 0) broken('refused without an issue');
  },
});
