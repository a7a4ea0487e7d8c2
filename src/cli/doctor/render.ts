import { foldNodeSet, type Verdict } from '../../model/index.ts';
import type { FindingSeverity } from '../../plan/index.ts';
import {
  escapeText,
  type Glyphs,
  type Line,
  type Paint,
  UNICODE_GLYPHS,
  joinLines,
  lineWidth,
  paint,
} from '../text/index.ts';
import type { DoctorGroup, DoctorItem, DoctorReport } from './report.ts';

export interface DoctorView {
  readonly report: DoctorReport;
  /** Name of the context, or of the machine. */
  readonly context: string;
  /** Empty where there is no fleet. */
  readonly nodes: readonly string[];
  readonly glyphs: Glyphs;
  readonly width: number | undefined;
  /** Also the evidence of what is well. */
  readonly wide: boolean;
}

const VERDICT_PAINT: Readonly<Record<Verdict, Paint>> = {
  OK: 'green',
  WARNING: 'yellow',
  CRITICAL: 'red',
  UNKNOWN: 'magenta',
};

const MARKS: Readonly<Record<FindingSeverity, readonly [unicode: string, ascii: string, Paint]>> = {
  critical: ['✕', 'X', 'red'],
  unknown: ['?', '?', 'magenta'],
  warning: ['!', '!', 'yellow'],
  info: ['·', '-', 'cyan'],
  ok: ['✓', '+', 'green'],
};

const HEADER_WIDTH = 80;

export function renderDoctor(view: DoctorView): Line[] {
  const { groups } = view.report;
  const well = groups.filter(({ severity }) => severity === 'ok');
  const found = groups.filter(({ severity }) => severity !== 'ok');
  return [
    headerLine(view),
    ...(view.wide ? well.flatMap((group) => groupLines(group, view)) : wellLines(well, view)),
    ...found.flatMap((group) => groupLines(group, view)),
    footerLine(view.report),
  ];
}

function headerLine({ report: { verdict }, context, nodes, width }: DoctorView): Line {
  const fleet =
    nodes.length === 0 ? '' : ` ${foldNodeSet(nodes)}  ${nodes.length} LB${nodes.length === 1 ? '' : 's'}`;
  const left: Line = [paint('bold', context), fleet];
  const gap = Math.max(2, Math.min(width ?? HEADER_WIDTH, 120) - lineWidth(left) - verdict.length);
  return joinLines(left, ' '.repeat(gap), [paint(VERDICT_PAINT[verdict], verdict)]);
}

/** What is well takes little room: several to a line. */
function wellLines(groups: readonly DoctorGroup[], view: DoctorView): Line[] {
  const limit = Math.min(view.width ?? HEADER_WIDTH + 20, 120);
  const lines: Line[] = [];
  let line: Line = '';
  for (const text of wellTexts(groups, view)) {
    const next: Line = lineWidth(line) === 0 ? text : joinLines(line, '    ', text);
    if (lineWidth(line) > 0 && lineWidth(next) > limit) {
      lines.push(line);
      line = text;
    } else line = next;
  }
  return lineWidth(line) === 0 ? lines : [...lines, line];
}

/** Several instances that say the same are one text: `✓ stats socket admin 8/8`. */
function wellTexts(groups: readonly DoctorGroup[], { glyphs, report }: DoctorView): Line[] {
  const byVerdict = new Map<string, DoctorGroup[]>();
  for (const group of groups) byVerdict.set(group.verdict, [...(byVerdict.get(group.verdict) ?? []), group]);
  return [...byVerdict].map(([verdict, same]): Line => {
    const count = same.reduce((sum, { nodes }) => sum + nodes.length, 0);
    const id = same[0]?.id;
    const all = report.groups
      .filter((one) => one.id === id)
      .reduce((sum, { nodes }) => sum + nodes.length, 0);
    const among = count === 0 ? '' : ` ${count}/${Math.max(all, count)}`;
    return joinLines(mark('ok', glyphs), ` ${verdict}${among}`);
  });
}

function groupLines(group: DoctorGroup, { glyphs }: DoctorView): Line[] {
  const { severity, id, verdict, evidence, fix, evidenceOf } = group;
  const where = whereOf(group);
  const on = evidenceOf === undefined ? '' : `${evidenceOf}: `;
  return [
    joinLines(
      mark(severity, glyphs),
      ' ',
      [...(where === '' ? [] : [paint('bold', where), '  ']), verdict, '  '],
      [paint('dim', `[${id}]`)],
    ),
    ...evidence.map((text): Line => `    ${on}${text}`),
    ...fix.map((text): Line => ['    -> ', text]),
  ];
}

function mark(severity: FindingSeverity, glyphs: Glyphs): Line {
  const [unicode, ascii, colour] = MARKS[severity];
  return [paint(colour, glyphs === UNICODE_GLYPHS ? unicode : ascii)];
}

/** `lb[1-4]/http`; the instance alone where there is no fleet. */
export function whereOf({ nodes, subject }: Pick<DoctorGroup, 'nodes' | 'subject'>): string {
  const set = foldNodeSet(nodes);
  if (subject === '' || set === '') return set + subject;
  return `${set}/${subject}`;
}

const WORDS: readonly (readonly [FindingSeverity, string, string])[] = [
  ['critical', 'critical', 'critical'],
  ['unknown', 'unknown', 'unknown'],
  ['warning', 'warning', 'warnings'],
  ['info', 'note', 'notes'],
  ['ok', 'well', 'well'],
];

function footerLine({ counts }: DoctorReport): Line {
  const said = WORDS.filter(([severity]) => counts[severity] > 0).map(
    ([severity, one, many]) => `${counts[severity]} ${counts[severity] === 1 ? one : many}`,
  );
  return said.length === 0 ? 'nothing could be looked at' : said.join(', ');
}

/** One line and performance data. Names stay out, as in `status`. */
export function renderDoctorNagios({ verdict, counts }: DoctorReport): string {
  const said = WORDS.filter(
    ([severity]) => severity !== 'ok' && severity !== 'info' && counts[severity] > 0,
  ).map(([severity, one, many]) => `${counts[severity]} ${counts[severity] === 1 ? one : many}`);
  const data = WORDS.map(([severity]) => `${severity}=${counts[severity]}`).join(' ');
  return `HAFLEET ${verdict} - ${said.length === 0 ? `${counts.ok} well` : said.join(', ')} | ${data}`;
}

/** Tab-separated, nothing folded: severity, id, node, instance, verdict. */
export function plainItems(items: readonly DoctorItem[]): string {
  return items
    .map(({ severity, id, node, subject, verdict }) => [severity, id, node, subject, verdict])
    .map((fields) => `${fields.map(escapeText).join('\t')}\n`)
    .join('');
}
