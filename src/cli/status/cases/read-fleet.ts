import { parse } from 'yaml';
import { CELL, type Alarm, type Cell, type InstanceView, type StatusAnswer } from '../../../api/index.ts';
import { evaluateNodeSet, parseNodeSet } from '../../../model/index.ts';
import { parseDuration } from '../../text/index.ts';

/** The server's clock in every case: 12:00 UTC. */
export const NOW = Date.parse('2026-11-20T12:00:00Z');

/** What a case may say; everything has a default but the nodes and the servers. */
interface Given {
  /** `lb[1-8]`. */
  readonly nodes: string;
  /** Names of the instances on each node, with their groups. Default `http`. */
  readonly instances?: Readonly<Record<string, readonly string[]>>;
  /** Node set → how its data is: `stale 23s`, `unknown 5m`, `away 20s`, `failing 4s: text`. */
  readonly lost?: Readonly<Record<string, string>>;
  /** `backend/server[1-3]`, with `instance:` before it where it is on one alone → state, or node set → state. */
  readonly servers: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly floors?: Readonly<Record<string, string>>;
  /** `CHG-1 maint web/web1 on lb1 by mara why "disk" ticket INC-7 left 2h phase gating`. */
  readonly intents?: readonly string[];
  /** `critical store-behind lb1 on lb[1-2] 4m: message $ command`. */
  readonly alarms?: readonly string[];
}

/** A fleet as a case describes it, as the server would answer it. */
export function readFleet(text: string): StatusAnswer {
  const given = parse(text) as Given;
  const nodes = namesOf(given.nodes);
  const instances = nodes.flatMap((node) =>
    Object.entries(given.instances ?? { http: [] }).map(([name, groups]) =>
      viewOf(given, node, name, groups),
    ),
  );
  const rows = Object.entries(given.servers).flatMap(([key, states]) => serversOf(key, states));
  const keys = [...new Map(rows.map((row) => [`${row.backend}/${row.server}`, row])).values()];
  return {
    apiVersion: 'hafleet/v1',
    kind: 'Status',
    generatedAt: NOW,
    fleet: 'test',
    instances,
    servers: keys.map(({ backend, server }) => ({ backend, server, checksPerSecond: 0.5 })),
    floors: given.floors ?? {},
    defaultFloor: '50%',
    intents: (given.intents ?? []).map(intentOf),
    ...(given.alarms ? { alarms: given.alarms.map(alarmOf) } : {}),
    cells: instances.map((view) =>
      keys.map(({ backend, server }) => cellOf(rows.findLast(isAt(view, backend, server))?.state)),
    ),
  };
}

function alarmOf(text: string): Alarm {
  const [, severity, code = '', subject = '', set, age = '', message = '', command = ''] =
    /^(\S+) (\S+) (\S+)(?: on (\S+))? (\S+): (.*) \$ (.*)$/.exec(text) ?? [];
  const ageMs = parseDuration(age) ?? 0;
  return {
    severity: severity as Alarm['severity'],
    code,
    subject,
    nodes: set === undefined ? [] : [...namesOf(set)],
    since: NOW - ageMs,
    ageMs,
    ...(code.startsWith('backend-') ? { backend: subject } : {}),
    message,
    command,
  };
}

interface Row {
  readonly backend: string;
  readonly server: string;
  readonly instance: string | undefined;
  /** undefined: everywhere. */
  readonly nodes: readonly string[] | undefined;
  readonly state: string;
}

function isAt({ node, instance }: InstanceView, backend: string, server: string): (row: Row) => boolean {
  return (row) =>
    row.backend === backend &&
    row.server === server &&
    (row.instance === undefined || row.instance === instance) &&
    (row.nodes === undefined || row.nodes.includes(node));
}

function serversOf(key: string, states: string | Readonly<Record<string, string>>): Row[] {
  const [, instance, backend = '', servers = ''] = /^(?:([^:]+):)?([^/]+)\/(.+)$/.exec(key) ?? [];
  const byNodes: [readonly string[] | undefined, string][] =
    typeof states === 'string'
      ? [[undefined, states]]
      : Object.entries(states).map(([set, state]) => [namesOf(set), state]);
  return byNodes.flatMap(([nodes, state]) =>
    namesOf(servers).map((server) => ({ backend, server, instance, nodes, state })),
  );
}

/** `DOWN L7STS/503 4m drift`: word, then what is known about it in any order. */
function cellOf(state: string | undefined): Cell {
  if (state === undefined || state === 'absent') return null;
  const words = state.split(' ');
  const isGoing = words[0] === 'GOING' || words[0] === 'NO';
  const word = words.slice(0, isGoing ? 2 : 1).join(' ');
  const rest = words.slice(isGoing ? 2 : 1);
  const has = (name: string) => rest.includes(name);
  const age = rest.map(parseDuration).find((one) => one !== undefined) ?? 3_600_000;
  const admin = word === 'MAINT' ? 'maint' : word === 'DRAIN' ? 'drain' : 'ready';
  const usable = admin === 'ready' && ['UP', 'NO CHECK', 'GOING DOWN'].includes(word) && !has('weight0');
  const bits: readonly (readonly [boolean, number])[] = [
    [usable, CELL.usable],
    [has('drift'), CELL.drifted],
    [has('file'), CELL.byConfiguration | CELL.fileDisabled],
    [has('tracked'), CELL.byInheritance],
    [has('agent'), CELL.byAgent],
    [has('unresolved'), CELL.byResolution],
    [has('hand'), CELL.byOperator],
    [has('weight0'), CELL.zeroWeight | CELL.weightChanged],
  ];
  const flags = bits.reduce((sum, [is, bit]) => (is ? sum | bit : sum), 0);
  return [
    word,
    admin,
    has('weight0') ? 0 : 100,
    NOW - age,
    rest.find((one) => /^L\d/.test(one)) ?? '',
    flags,
    3,
  ];
}

function viewOf(
  { lost = {} }: Given,
  node: string,
  instance: string,
  groups: readonly string[],
): InstanceView {
  const text = Object.entries(lost).find(([set]) => namesOf(set).includes(node))?.[1];
  const [, how = 'fresh', age = '2s', message = ''] =
    /^(\w+)(?: (\w+))?(?:: (.*))?$/.exec(text ?? 'fresh 2s') ?? [];
  const ageMs = age === 'never' ? null : (parseDuration(age) ?? 0);
  return {
    node,
    instance,
    groups: [...groups],
    mode: 'observe',
    connected: how !== 'away',
    reading: ageMs === null ? 'never' : how === 'failing' ? 'failing' : 'ok',
    ageMs,
    freshness: ageMs === null || ageMs > 60_000 ? 'unknown' : ageMs > 15_000 ? 'stale' : 'fresh',
    haproxy: '3.0.11',
    level: 'admin',
    survivesReload: true,
    error: message === '' ? null : { code: 'socket-missing', message },
  };
}

function intentOf(text: string, index: number): StatusAnswer['intents'][number] {
  const [change = '', state = '', target = ''] = text.split(' ');
  const [backend = '', server = ''] = target.split('/');
  const after = (word: string) =>
    new RegExp(` ${word} (?:"([^"]*)"|(\\S+))`).exec(text)?.slice(1).find(Boolean);
  const left = after('left');
  const overdue = after('overdue');
  const ticket = after('ticket');
  const until =
    left === undefined ? overdue && NOW - (parseDuration(overdue) ?? 0) : NOW + (parseDuration(left) ?? 0);
  return {
    id: `${change}:${target}`,
    change,
    order: index + 1,
    revision: index + 1,
    instance: after('instance') ?? '*',
    backend,
    server,
    want: { aspect: 'state', state: state as 'maint' },
    phase: (after('phase') ?? 'holding') as 'holding',
    who: after('by') ?? 'mara',
    why: after('why') ?? '',
    from: NOW - 600_000,
    on: after('on') ?? '*',
    overdue: overdue !== undefined,
    ...(ticket === undefined ? {} : { ticket }),
    ...(typeof until === 'number' ? { until } : {}),
  };
}

function namesOf(set: string): readonly string[] {
  const parsed = parseNodeSet(set);
  if (!parsed.ok) throw new Error(`${set}: ${parsed.error.message}`);
  return evaluateNodeSet(parsed.value, {}).names;
}
