import { CELL, type Cell, type InstanceView, type StatusAnswer } from '../../api/index.ts';
import { compareNatural } from '../../lib/index.ts';
import type { IsMeant } from '../status/farm.ts';
import { indexIntents, type IntentIndex } from '../status/intents.ts';
import { isIntended, readStanding, type Standing } from '../status/standing.ts';
import { formatTime, type Line, type Moment } from '../text/index.ts';
import {
  milkExit,
  renderMilkReport,
  type MilkReport,
  type MilkGroup,
  type MilkNode,
  type MilkService,
  type MilkStatus,
} from './report.ts';

export interface MilkScope {
  /** Only this server, in every backend that has it. */
  readonly server?: string | undefined;
  /** `haproxy`, `puppet` or `haproxy.puppet`. */
  readonly services: readonly string[];
  readonly moment: Moment;
  /** Only these servers; left out: all. */
  readonly isMeant?: IsMeant | undefined;
}

/** `hafleet status -o milkcheck`: the report, and what to exit with. */
export function milkcheckStatus(
  answer: StatusAnswer,
  about: Pick<MilkScope, 'moment' | 'isMeant'>,
): { readonly lines: Line[]; readonly exit: number } {
  const groups = statusGroups(answer, { services: ['haproxy'], ...about });
  const report: MilkReport = {
    action: 'status',
    groups,
    durationMs: 0,
    verbose: false,
    summary: 'full',
    width: undefined,
  };
  return { lines: renderMilkReport(report), exit: milkExit(report) };
}

/** The status action: every HAProxy instance name is a service, its nodes are where it runs. */
export function statusGroups(answer: StatusAnswer, scope: MilkScope): MilkGroup[] {
  const intents = indexIntents(answer.intents);
  const result = (row: number, view: InstanceView) => nodeResult({ answer, row, view, scope, intents });
  return selectInstances(answer.instances, scope.services).map(({ group, names }) => ({
    name: group,
    services: names.map((name) => serviceOf(group, name, resultsOf(answer, name, result), scope)),
  }));
}

export interface InstanceGroup {
  readonly group: string;
  /** Instance names, sorted. */
  readonly names: readonly string[];
}

/**
 * What the service words mean. A group is what the agents' local files call so; where none of them names any group,
 * all instances are the group `haproxy`. An instance may also be named alone, with its group or without.
 */
export function selectInstances(
  instances: readonly InstanceView[],
  services: readonly string[],
): InstanceGroup[] {
  return services.map((service) => {
    const members = instances.filter(({ groups, instance }) => isMeant(service, groups, instance));
    const grouped = instances.some(({ groups }) => groups.length > 0);
    const all = service === 'haproxy' && members.length === 0 && !grouped ? instances : members;
    const names = [...new Set(all.map(({ instance }) => instance))].sort(compareNatural);
    const [group = service] = service.split('.');
    return { group: names.length === 1 && names[0] === service ? service : group, names };
  });
}

function isMeant(service: string, groups: readonly string[], instance: string): boolean {
  return (
    groups.includes(service) ||
    instance === service ||
    groups.some((group) => `${group}.${instance}` === service)
  );
}

function resultsOf(
  { instances }: StatusAnswer,
  name: string,
  result: (row: number, view: InstanceView) => MilkNode | undefined,
): MilkNode[] {
  return instances.flatMap((view, row) => (view.instance === name ? (result(row, view) ?? []) : []));
}

function serviceOf(
  group: string,
  name: string,
  nodes: readonly MilkNode[],
  { server }: MilkScope,
): MilkService {
  const what = server === undefined ? '' : ` ${server}`;
  return {
    name: group === name ? name : `${group}.${name}`,
    status: statusOfNodes(nodes),
    nodes,
    command: `hafleet status${what} --instance ${name} -o wide`,
  };
}

export function statusOfNodes(nodes: readonly MilkNode[]): MilkStatus {
  if (nodes.length === 0) return 'SKIPPED';
  if (nodes.some(({ exit }) => exit !== 'timeout' && exit > 1)) return 'ERROR';
  if (nodes.some(({ exit }) => exit === 'timeout')) return 'TIMEOUT';
  return nodes.some(({ exit }) => exit === 1) ? 'WARNING' : 'DONE';
}

interface NodeQuestion {
  readonly answer: StatusAnswer;
  readonly row: number;
  readonly view: InstanceView;
  readonly scope: MilkScope;
  readonly intents: IntentIndex;
}

/** Undefined: this instance does not have the server. Old data is no answer, so it is a time-out. */
function nodeResult({ answer, row, view, scope, intents }: NodeQuestion): MilkNode | undefined {
  const rows = answer.servers.flatMap(({ backend, server }, column) => {
    const cell = answer.cells[row]?.[column] ?? null;
    if (cell === null || !isAskedFor(scope, { backend, server })) return [];
    const intent = intents.find({ node: view.node, instance: view.instance, backend, server });
    return [serverRow(`${backend}/${server}`, cell, readStanding(cell, intent), scope.moment)];
  });
  if (view.freshness !== 'fresh') return { node: view.node, exit: 'timeout', lines: [] };
  if (rows.length === 0 && (scope.server !== undefined || scope.isMeant !== undefined)) return undefined;
  const odd = rows.filter(({ exit }) => exit > 0);
  const lines = odd.map(({ text }) => text);
  return {
    node: view.node,
    exit: Math.max(0, ...odd.map(({ exit }) => exit)),
    lines: lines.length === 0 ? [] : [FORMAT, ...lines],
  };
}

function isAskedFor({ server, isMeant }: MilkScope, key: Parameters<IsMeant>[0]): boolean {
  return (server === undefined || server === key.server) && (isMeant === undefined || isMeant(key));
}

const FORMAT = '# Format: backend/server: operational/administrative';

interface ServerRow {
  readonly text: string;
  readonly exit: 0 | 1 | 2;
}

const OPERATIONAL: Readonly<Record<string, string>> = {
  MAINT: 'STOPPED',
  DOWN: 'STOPPED',
  'GOING UP': 'STOPPED',
  NOLB: 'STOPPING',
};

/** Planned is a warning, overdue, unplanned and broken are errors. */
function serverRow(name: string, cell: NonNullable<Cell>, standing: Standing, moment: Moment): ServerRow {
  const [word, admin, , , check] = cell;
  const operational = OPERATIONAL[word] ?? 'RUNNING';
  const why = reasonOf(standing, check, moment);
  const text = `${name}: ${operational}/${admin.toUpperCase()}${why === '' ? '' : ` (${why})`}`;
  return { text, exit: exitOf(standing, cell) };
}

function exitOf(standing: Standing, [, , , , , flags]: NonNullable<Cell>): 0 | 1 | 2 {
  if (standing.drifted) return 2;
  if (isIntended(standing)) return standing.intent?.overdue === true ? 2 : 1;
  if (standing.kind === 'maint' || standing.kind === 'drain') return standing.cause === 'hand' ? 2 : 1;
  if (standing.kind === 'no-weight') return 1;
  return standing.usable || (flags & CELL.usable) !== 0 ? 0 : 2;
}

function reasonOf({ intent, cause, drifted }: Standing, check: string, moment: Moment): string {
  if (drifted) return `drift, wanted otherwise by ${intent?.who ?? 'an intent'}`;
  if (cause === 'file') return 'planned in haproxy.cfg';
  if (cause === 'hand') return 'unplanned';
  if (cause !== 'intent' || !intent) return check;
  const until = intent.until === undefined ? '' : ` until ${formatTime(intent.until, moment)}`;
  const why = intent.why === '' ? '' : ` "${intent.why}"`;
  return `${intent.overdue ? 'overdue, planned' : 'planned'}${until} by ${intent.who}${why}, ${intent.change}`;
}
