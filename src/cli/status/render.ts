import { foldNodeSet, type Verdict } from '../../model/index.ts';
import {
  formatDuration,
  joinLines,
  lineWidth,
  paint,
  renderTable,
  type Glyphs,
  type Line,
  type Paint,
  type Table,
} from '../text/index.ts';
import { alarmLines } from './alarms.ts';
import { columnCell, foldColumns, makeRow, type NodeColumn, type TableRow } from './columns.ts';
import { describeIntent, describeProblems, type Note } from './describe.ts';
import type { FarmReport, StatusReport } from './judge.ts';

export interface StatusView {
  readonly report: StatusReport;
  /** Name of the context, or the socket. */
  readonly context: string;
  /** The server's clock when it answered: ages and leases count from there. */
  readonly nowMs: number;
  readonly glyphs: Glyphs;
  /** What a suggested command needs so that it works as it stands: ` --socket PATH`, or nothing. */
  readonly suffix?: string;
  /** Nothing folded away. */
  readonly wide: boolean;
  readonly width: number | undefined;
}

const VERDICT_PAINT: Readonly<Record<Verdict, Paint>> = {
  OK: 'green',
  WARNING: 'yellow',
  CRITICAL: 'red',
  UNKNOWN: 'magenta',
};

/** Notes of one backend in the table; `-o wide` has all. */
const MAX_NOTES = 8;

/** Width of the header line where no terminal says one. */
const HEADER_WIDTH = 80;

export function renderStatus(view: StatusView): Line[] {
  const { report } = view;
  const table = statusTable(view);
  const width = view.wide ? undefined : view.width;
  return [
    headerLine(view),
    ...(table.rows.length === 0 ? [] : renderTable(table, { width })),
    ...lostLines(report.lost, view.glyphs),
    ...alarmLines(report.alarms),
    ...report.waiting.map((intent): Line => [
      `${intent.backend}/${intent.server}: no load balancer has it now; wanted `,
      describeIntent(intent, view.nowMs),
    ]),
    footerLine(view),
  ];
}

/** Rows of the table; also what `--columns` and `--sort` work on. */
export function statusTable(view: StatusView): Table {
  const rows = foldHealthy(view.report.farms, view.wide);
  const columns = foldColumns(view.report.nodes, rows);
  return {
    columns: [
      { title: 'BACKEND' },
      { title: 'USABLE', align: 'right' },
      ...(view.wide ? [{ title: 'FLOOR', align: 'right' as const }] : []),
      ...columns.map(({ title }) => ({ title })),
      { title: 'NOTE' },
    ],
    rows: rows.flatMap((row) => farmRows(row, columns, view)),
  };
}

function headerLine({ report, context, width }: StatusView): Line {
  const { nodes, instances, oldestMs, verdict } = report;
  const count =
    nodes.length === instances
      ? `${nodes.length} ${lbs(nodes.length)}`
      : `${nodes.length} ${lbs(nodes.length)}, ${instances} instances`;
  const poll = oldestMs === null ? 'never polled' : `oldest poll ${formatDuration(oldestMs)}`;
  const set = nodes.length === 0 ? '' : ` ${foldNodeSet(nodes)}`;
  const left: Line = [paint('bold', context), `${set}  ${count}  ${poll}`];
  const gap = Math.max(2, Math.min(width ?? HEADER_WIDTH, 120) - lineWidth(left) - verdict.length);
  return joinLines(left, ' '.repeat(gap), [paint(VERDICT_PAINT[verdict], verdict)]);
}

/** Healthy backends are one row, unless there is one alone or everything is wanted. */
function foldHealthy(farms: readonly FarmReport[], wide: boolean): TableRow[] {
  const healthy = farms.filter(({ verdict }) => verdict === 'OK');
  if (wide || healthy.length < 2) return farms.map((farm) => makeRow([farm]));
  return [
    ...farms.filter(({ verdict }) => verdict !== 'OK').map((farm) => makeRow([farm])),
    makeRow(healthy),
  ];
}

function farmRows(row: TableRow, columns: readonly NodeColumn[], view: StatusView): Line[][] {
  const { farms } = row;
  const cells = columns.map((column) => columnCell(row, column, view.glyphs));
  const [farm] = farms;
  const floor = (text: string) => (view.wide ? [text] : []);
  if (!farm || farms.length > 1) return [[healthyName(farms), 'all', ...floor(''), ...cells, '']];
  const notes = farmNotes(farm, view);
  const blank = ['', '', ...floor(''), ...columns.map(() => '')];
  const first = [farm.name, usableText(farm), ...floor(farm.floor), ...cells, notes[0] ?? ''];
  return [first, ...notes.slice(1).map((note) => [...blank, note])];
}

function healthyName(farms: readonly FarmReport[]): string {
  const names = farms.map(({ name }) => name).join(', ');
  return names.length <= 24 ? names : `${farms.length} others`;
}

/** The worst load balancer. */
function usableText({ worst, farm }: FarmReport): string {
  return worst ? `${worst.usable}/${worst.total}` : `?/${farm.servers.length}`;
}

function farmNotes(farm: FarmReport, { nowMs, wide }: StatusView): Line[] {
  const notes = describeProblems(farm.problems, nowMs);
  const shown = wide || notes.length <= MAX_NOTES ? notes : notes.slice(0, MAX_NOTES - 1);
  const hidden = notes.length - shown.length;
  const none: Line[] =
    farm.noneUsable.length === 0 ? [] : [[paint('red', `none usable on ${foldNodeSet(farm.noneUsable)}`)]];
  const more: Line[] = hidden === 0 ? [] : [`${hidden} more: hafleet status ${farm.farm.backend} -o wide`];
  return [...none, ...shown.map(noteLine), ...more];
}

function noteLine({ verdict, text }: Note): Line {
  return verdict === 'CRITICAL' ? [paint('red', text)] : [text];
}

/** Those that are lost in the same way are one line, with the oldest age. */
function lostLines(lost: StatusReport['lost'], glyphs: Glyphs): Line[] {
  const groups = new Map<string, StatusReport['lost'][number][]>();
  for (const view of lost) {
    const key = JSON.stringify([view.instance, lostReason(view)]);
    groups.set(key, [...(groups.get(key) ?? []), view]);
  }
  return [...groups.values()].flatMap((views) => {
    const [first] = views;
    if (!first) return [];
    const ages = views.map(({ ageMs }) => ageMs ?? Number.POSITIVE_INFINITY);
    const oldest = Math.max(...ages);
    const age =
      oldest === Number.POSITIVE_INFINITY ? 'never read' : `last read ${formatDuration(oldest)} ago`;
    const where = `${foldNodeSet(views.map(({ node }) => node))}/${first.instance}`;
    const { what, text } = lostReason(first);
    return [[paint('magenta', `${glyphs.unknown} ${where}`), `  ${what}, ${age}${text}`]];
  });
}

function lostReason({ connected, reading, error }: StatusReport['lost'][number]) {
  const what = connected
    ? reading === 'failing'
      ? 'HAProxy is not read'
      : 'no news'
    : 'agent not connected';
  const hint = error?.hint === undefined ? '' : ` (${error.hint})`;
  return { what, text: error === null ? '' : `: ${error.message}${hint}` };
}

function footerLine({ report, suffix = '' }: StatusView): Line {
  const { servers, drift: _drift, ...words } = report.counts;
  const counted = Object.entries(words)
    .filter(([word, count]) => count > 0 || word === 'up')
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
  const next = nextCommand(report);
  const line = `${servers} server${servers === 1 ? '' : 's'}: ${counted}`;
  return next === undefined ? line : `${line}        Next: ${next}${suffix}`;
}

function nextCommand({ farms, lost, nodes }: StatusReport): string | undefined {
  if (nodes.length === 0) return 'hafleet node list';
  const farm = farms.find(({ problems }) => problems.length > 0);
  const problem = farm?.problems[0];
  if (farm && problem) return `hafleet server show ${farm.farm.backend}/${problem.server}`;
  const [first] = lost;
  return first && `hafleet node show ${first.node}`;
}

function lbs(count: number): string {
  return count === 1 ? 'LB' : 'LBs';
}
