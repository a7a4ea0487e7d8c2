import { foldNodeSet } from '../../model/index.ts';
import { joinLines, lineWidth, paint, truncateLine, type Line, type Paint } from '../text/index.ts';

/** milkcheck's words; DONE is printed OK. */
export const MILK_STATUSES = ['DONE', 'WARNING', 'ERROR', 'TIMEOUT', 'DEP_ERROR', 'SKIPPED'] as const;
export type MilkStatus = (typeof MILK_STATUSES)[number];

/** What one node answered. */
export interface MilkNode {
  readonly node: string;
  /** As a command's: 0, 1 with warnings, 2 with errors. */
  readonly exit: number | 'timeout';
  readonly lines: readonly string[];
}

/** One action of one service over its nodes. */
export interface MilkService {
  /** `haproxy.puppet`. */
  readonly name: string;
  readonly status: MilkStatus;
  readonly nodes: readonly MilkNode[];
  /** What one would type to look at it alone. */
  readonly command: string;
}

export interface MilkGroup {
  readonly name: string;
  readonly services: readonly MilkService[];
}

export interface MilkReport {
  readonly action: string;
  readonly groups: readonly MilkGroup[];
  readonly durationMs: number;
  /** Also prints what went well. */
  readonly verbose: boolean;
  readonly summary: 'no' | 'default' | 'full';
  /** Columns of the terminal; beyond 120 the status would stand too far away. */
  readonly width: number | undefined;
}

const EXIT_OK = 0;
const EXIT_WARNING = 3;
const EXIT_ERROR = 6;

const MAX_WIDTH = 120;
const DEFAULT_WIDTH = 80;
/** Of `DEP_ERROR`, the longest. */
const STATUS_WIDTH = 9;

export function renderMilkReport(report: MilkReport): Line[] {
  const body = report.groups.flatMap((group) => [
    ...group.services.flatMap((service) => [
      ...serviceOutput(service, report),
      statusLine(service.name, service.status, report.width),
    ]),
    ...(isGroupOfItself(group) ? [] : [statusLine(group.name, groupStatus(group), report.width)]),
  ]);
  return report.summary === 'no' ? body : [...body, '', ...summaryLines(report)];
}

/** The worst of everything that ran. */
export function milkExit({ groups }: Pick<MilkReport, 'groups'>): number {
  const statuses = groups.flatMap(({ services }) => services.map(({ status }) => status));
  if (statuses.some(isFailed)) return EXIT_ERROR;
  return statuses.includes('WARNING') ? EXIT_WARNING : EXIT_OK;
}

/** A failed child makes the parent DEP_ERROR: it did not fail itself. */
export function groupStatus({ services }: MilkGroup): MilkStatus {
  const statuses = services.map(({ status }) => status);
  if (statuses.some(isFailed)) return 'DEP_ERROR';
  if (statuses.includes('WARNING')) return 'WARNING';
  return statuses.every((status) => status === 'SKIPPED') ? 'SKIPPED' : 'DONE';
}

function isFailed(status: MilkStatus): boolean {
  return status === 'ERROR' || status === 'TIMEOUT' || status === 'DEP_ERROR';
}

/** A single service that was asked for by its own name has no parent to report on. */
function isGroupOfItself({ name, services }: MilkGroup): boolean {
  return services.length === 1 && services[0]?.name === name;
}

const PAINTS: Readonly<Record<MilkStatus, Paint>> = {
  DONE: 'green',
  WARNING: 'yellow',
  SKIPPED: 'yellow',
  ERROR: 'red',
  TIMEOUT: 'red',
  DEP_ERROR: 'red',
};

function statusLine(name: string, status: MilkStatus, width: number | undefined): Line {
  const total = Math.min(width ?? DEFAULT_WIDTH, MAX_WIDTH);
  const room = total - (STATUS_WIDTH + 2);
  const label = truncateLine(name, room);
  const word = centred(status === 'DONE' ? 'OK' : status);
  return joinLines(label, ' '.repeat(Math.max(0, room - lineWidth(label))), [
    '[',
    paint(PAINTS[status], word),
    ']',
  ]);
}

/** The odd blank goes to the left. */
function centred(word: string): string {
  const missing = STATUS_WIDTH - word.length;
  const left = Math.ceil(missing / 2);
  return `${' '.repeat(left)}${word}${' '.repeat(missing - left)}`;
}

function serviceOutput(
  { name, status, nodes }: MilkService,
  { action, durationMs, verbose }: MilkReport,
): Line[] {
  const isTold = isFailed(status) || status === 'WARNING' || (verbose && status !== 'SKIPPED');
  if (!isTold) return [];
  const shown = verbose ? nodes : nodes.filter(({ exit }) => exit !== 0);
  return [
    [paint('magenta', action), ` ${name} ran in ${(durationMs / 1_000).toFixed(2)}s`],
    ...outputLines(shown),
    ...exitLines(shown),
  ];
}

/** Nodes that say the same are one. */
function outputLines(nodes: readonly MilkNode[]): Line[] {
  return grouped(nodes, ({ lines }) => lines.join('\n')).flatMap(([members, first]) =>
    first.lines.map((line): Line => [' > ', paint('cyan', members), `: ${line}`]),
  );
}

function exitLines(nodes: readonly MilkNode[]): Line[] {
  return grouped(nodes, ({ exit }) => String(exit)).map(([members, { exit }]): Line => {
    const said =
      exit === 'timeout'
        ? ['has ', paint('red', 'timeout')]
        : ['exited with ', paint(exit === 0 ? 'green' : 'red', String(exit))];
    return [' > ', paint('cyan', members), ' ', ...said];
  });
}

function grouped(nodes: readonly MilkNode[], key: (node: MilkNode) => string): [string, MilkNode][] {
  const groups = new Map<string, MilkNode[]>();
  for (const node of nodes) groups.set(key(node), [...(groups.get(key(node)) ?? []), node]);
  return [...groups.values()].flatMap((members): [string, MilkNode][] => {
    const [first] = members;
    return first ? [[foldNodeSet(members.map(({ node }) => node)), first]] : [];
  });
}

function summaryLines({ action, groups, summary }: MilkReport): Line[] {
  const services = groups.flatMap((group) => group.services).filter(({ status }) => status !== 'SKIPPED');
  const failed = services.filter(({ status }) => isFailed(status));
  const count = `${services.length}`;
  const header: Line = [
    ' ',
    paint('magenta', 'SUMMARY'),
    ' - ',
    paint('cyan', count),
    ` action${services.length > 1 ? 's' : ''} (`,
    paint(failed.length > 0 ? 'red' : 'green', String(failed.length)),
    ' failed)',
  ];
  const details = failed.flatMap((service) => failedLines(service, action, summary));
  return [header, ...details, ...successLines(services, summary)];
}

function failedLines({ name, nodes, command }: MilkService, action: string, summary: string): Line[] {
  const title: Line = [' + ', paint('red', `${name}.${action}`)];
  if (summary !== 'full') return [title];
  const target = foldNodeSet(nodes.filter(isBad).map(({ node }) => node));
  return [
    title,
    ['    ', paint('yellow', 'Target'), `: ${target}`],
    ['    ', paint('yellow', 'Command'), `: ${command}`],
  ];
}

function successLines(services: readonly MilkService[], summary: string): Line[] {
  const all = services.flatMap(({ nodes }) => nodes);
  const bad = new Set(all.filter(({ exit }) => exit !== 0).map(({ node }) => node));
  const good = foldNodeSet(all.map(({ node }) => node).filter((node) => !bad.has(node)));
  if (summary !== 'full' || good === '') return [];
  return [[' + ', paint('green', 'Success on all services')], `    ${good}`];
}

function isBad({ exit }: MilkNode): boolean {
  return exit === 'timeout' || exit > 1;
}
