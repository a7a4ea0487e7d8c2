import {
  type AspectMemory,
  type Failure,
  type ServerConfig,
  type ServerIntent,
  type ServerRow,
  aspectKey,
} from '../types.ts';
import type { PlanInput } from '../plan-instance.ts';

/**
 * Reads the given part of a `.case` file: one fact a line, HAProxy's words first.
 *
 *   server web/web1 maint            admin state; then any of: red, no-check, disabled, ssl, weight 5/10, sessions 3, flags 33
 *   want CHG-1 web/web1 maint        or drain, ready, weight 50, weight default; then: gating, entering, returning, order 2, rev 7, on NAME
 *   memory web/web1 state CHG-1      then: rev 7, worker 100@1, done, from maint
 *   failure web/web1/state CHG-1 permission-denied     then: rev 7, waiting
 *   config web/web1 10.0.0.1:80      then: disabled, ssl
 *   restored web/web1
 *   worker 200@2, allow observe, backends web*, read-only
 */
export function readCase(text: string): PlanInput {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const facts = lines.filter((line) => line !== '').map((line) => line.split(/\s+/));
  const of = (kind: string) => facts.filter(([first]) => first === kind).map((words) => words.slice(1));
  const worker = of('worker')[0]?.[0] ?? '100@1';
  const rows = of('server').map(readServer);
  return {
    instance: 'http',
    rows,
    sessions: new Map(of('server').flatMap(([name = '', ...rest]) => sessionsOf(name, rest))),
    intents: of('want').map(readIntent),
    memory: new Map(of('memory').map((words) => readMemory(words, worker))),
    worker,
    limits: {
      allow: of('allow')[0] ?? ['observe', 'servers'],
      backends: of('backends')[0] ?? ['*'],
      readOnly: of('read-only').length > 0,
    },
    config: new Map(of('config').map(readConfig)),
    failures: new Map(of('failure').map((words) => readFailure(words, worker))),
    restored: new Set(of('restored').map(([name = '']) => name)),
  };
}

const FLAGS: Readonly<Record<string, number>> = { ready: 0, drain: 8, maint: 1 };

function readServer([name = '', state = 'ready', ...rest]: string[], at: number): ServerRow {
  const [backend = '', server = ''] = name.split('/');
  const [weight = '1', initial = weight] = (after(rest, 'weight') ?? '1').split('/');
  const isOut = state === 'maint' || rest.includes('red');
  const flags = after(rest, 'flags') ?? (FLAGS[state] ?? 0) + (rest.includes('disabled') ? 4 : 0);
  return {
    backendId: 3,
    backend,
    serverId: at + 1,
    server,
    address: '10.0.0.1',
    port: 80,
    operationalState: isOut ? 0 : 2,
    adminFlags: Number(flags),
    userWeight: Number(weight),
    initialWeight: Number(initial),
    secondsSinceChange: 5,
    checkState: rest.includes('no-check') ? 0 : state === 'maint' ? 14 : 6,
    agentState: 0,
    useSsl: rest.includes('ssl'),
    fqdn: null,
    srvRecord: null,
  };
}

function sessionsOf(name: string, rest: string[]): [string, number][] {
  const count = after(rest, 'sessions');
  return count === undefined ? [] : [[name, Number(count)]];
}

function readIntent([id = '', name = '', state = '', ...rest]: string[]): ServerIntent {
  const [backend = '', server = ''] = name.split('/');
  const weight = rest[0] === 'default' ? null : Number(rest[0]);
  const phase = (['gating', 'entering', 'returning'] as const).find((word) => rest.includes(word));
  return {
    id,
    order: Number(after(rest, 'order') ?? id.replaceAll(/\D/g, '')),
    revision: Number(after(rest, 'rev') ?? 1),
    instance: after(rest, 'on') ?? '*',
    backend,
    server,
    want:
      state === 'weight'
        ? { aspect: 'weight', weight }
        : { aspect: 'state', state: state === 'drain' || state === 'maint' ? state : 'ready' },
    phase: phase ?? 'holding',
  };
}

function readMemory(
  [name = '', aspect = '', intent = '', ...rest]: string[],
  worker: string,
): [string, AspectMemory] {
  const [backend = '', server = ''] = name.split('/');
  const from = (['maint', 'drain', 'ready'] as const).find((state) => state === after(rest, 'from'));
  return [
    aspectKey(backend, server, aspect),
    {
      intent,
      revision: Number(after(rest, 'rev') ?? 1),
      worker: after(rest, 'worker') ?? worker,
      done: rest.includes('done'),
      ...(from && { gateFrom: from }),
    },
  ];
}

function readFailure(
  [key = '', intent = '', code = '', ...rest]: string[],
  worker: string,
): [string, Failure] {
  const revision = Number(after(rest, 'rev') ?? 1);
  return [
    key,
    { intent, revision, worker, code, message: 'HAProxy said no', waiting: rest.includes('waiting') },
  ];
}

function readConfig([name = '', place = '', ...rest]: string[]): [string, ServerConfig] {
  const [host = '', port] = place.split(':');
  const isLiteral = /^[\d.]+$/.test(host);
  return [
    name,
    {
      address: isLiteral ? host : null,
      hostname: isLiteral ? null : host,
      port: port === undefined ? null : Number(port),
      disabled: rest.includes('disabled'),
      ssl: rest.includes('ssl'),
    },
  ];
}

function after(words: readonly string[], word: string): string | undefined {
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
}
