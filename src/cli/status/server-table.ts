import { CELL, type Cell, type StatusAnswer } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { formatDuration, type Glyphs, type Line, type Table } from '../text/index.ts';
import { describeIntent } from './describe.ts';
import { cellOf, farmName, type Farm, type FarmServer } from './farm.ts';
import { indexIntents, type IntentIndex } from './intents.ts';
import type { StatusReport } from './judge.ts';

/** Load balancers on which a server reads the same. */
export interface ServerGroup {
  readonly nodes: readonly string[];
  readonly cell: NonNullable<Cell>;
  readonly freshness: string;
  readonly ageMs: number;
  readonly intent: StatusAnswer['intents'][number] | undefined;
}

/** The largest group first. */
export function groupCells(
  answer: StatusAnswer,
  farm: Farm,
  server: FarmServer,
  intents: IntentIndex,
): ServerGroup[] {
  const groups = new Map<string, ServerGroup & { nodes: string[] }>();
  for (const place of farm.places) {
    const cell = cellOf(answer, place, server);
    if (cell === null) continue;
    const { node, instance, freshness, ageMs } = place.view;
    const intent = intents.find({ node, instance, backend: farm.backend, server: server.name });
    const key = JSON.stringify([freshness, cell[0], cell[1], cell[2], cell[4], cell[5], intent?.id]);
    const group = groups.get(key);
    if (group) group.nodes.push(node);
    else groups.set(key, { nodes: [node], cell, freshness, ageMs: ageMs ?? 0, intent });
  }
  return [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length);
}

const GLYPH_OF: Readonly<Record<string, keyof Glyphs>> = {
  UP: 'up',
  'GOING UP': 'goingUp',
  'GOING DOWN': 'goingDown',
  DOWN: 'down',
  DRAIN: 'drain',
  NOLB: 'drain',
  MAINT: 'maint',
  'NO CHECK': 'noCheck',
};

/** One row for each server and state it has, the load balancers folded. `wide` adds how often it is checked, by all of them. */
export function serverTable(answer: StatusAnswer, report: StatusReport, glyphs: Glyphs, wide = false): Table {
  const intents = indexIntents(answer.intents);
  const farms = report.farms.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    columns: [...COLUMNS, ...(wide ? ['CHECKS/S'] : []), 'NOTE'].map((title) => ({ title })),
    rows: farms.flatMap(({ farm }) =>
      farm.servers.flatMap((server) =>
        groupCells(answer, farm, server, intents).map((group) =>
          serverRow(`${farmName(farm)}/${server.name}`, group, {
            nowMs: answer.generatedAt,
            glyphs,
            more: wide ? [String(Math.round(server.checksPerSecond * 10) / 10)] : [],
          }),
        ),
      ),
    ),
  };
}

const COLUMNS = ['SERVER', 'STATE', 'ON', 'WEIGHT', 'SESSIONS', 'CHECK', 'SINCE'];

interface RowView {
  readonly nowMs: number;
  readonly glyphs: Glyphs;
  /** Fields before the note. */
  readonly more: readonly string[];
}

function serverRow(name: string, group: ServerGroup, { nowMs, glyphs, more }: RowView): Line[] {
  const { nodes, cell, freshness, ageMs, intent } = group;
  const on = foldNodeSet(nodes);
  if (freshness !== 'fresh')
    return [
      name,
      freshness === 'stale' ? `${glyphs.unknown} stale ${formatDuration(ageMs)}` : glyphs.unknown,
      on,
    ];
  const [state, , weight, since, check, flags, sessions] = cell;
  const glyph = GLYPH_OF[state];
  return [
    name,
    `${glyph === undefined ? '' : `${glyphs[glyph]} `}${state}`,
    on,
    String(weight),
    sessions === null ? '' : String(sessions),
    check,
    since === 0 ? '' : formatDuration(nowMs - since),
    ...more,
    [intent === undefined ? '' : describeIntent(intent, nowMs), ...flagWords(flags)]
      .filter((one) => one !== '')
      .join('; '),
  ];
}

function flagWords(flags: number): string[] {
  const words: readonly (readonly [number, string])[] = [
    [CELL.drifted, 'drift'],
    [CELL.backup, 'backup'],
    [CELL.fileDisabled, 'disabled in haproxy.cfg'],
    [CELL.weightChanged, 'weight changed'],
  ];
  return words.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
}
