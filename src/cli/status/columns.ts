import { compareNatural } from '../../lib/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { formatDuration, paint, type Glyphs, type Line, type Paint } from '../text/index.ts';
import type { FarmReport, PlaceReport } from './judge.ts';
import type { Kind } from './standing.ts';

/** Load balancers on which every row of the table reads the same. */
export interface NodeColumn {
  /** `lb[1-4]`. */
  readonly title: string;
  readonly nodes: readonly string[];
}

/** One row: a backend, or all healthy ones together. */
export interface TableRow {
  readonly farms: readonly FarmReport[];
  readonly places: ReadonlyMap<string, readonly PlaceReport[]>;
}

export function makeRow(farms: readonly FarmReport[]): TableRow {
  const places = new Map<string, PlaceReport[]>();
  for (const place of farms.flatMap((farm) => farm.places)) {
    const list = places.get(place.node);
    if (list) list.push(place);
    else places.set(place.node, [place]);
  }
  return { farms, places };
}

/** The majority first, then the others by size and name. */
export function foldColumns(nodes: readonly string[], rows: readonly TableRow[]): NodeColumn[] {
  const columns = new Map<string, string[]>();
  for (const node of nodes) {
    const signature = rows.map(({ places }) => signatureOf(places.get(node) ?? [])).join('\n');
    columns.set(signature, [...(columns.get(signature) ?? []), node]);
  }
  return [...columns.values()]
    .map((members): NodeColumn => ({ title: foldNodeSet(members), nodes: members }))
    .sort((a, b) => b.nodes.length - a.nodes.length || compareNatural(a.title, b.title));
}

/** What a row shows for a column: the same for each of its nodes but for the age of stale data. */
export function columnCell(row: TableRow, { nodes }: NodeColumn, glyphs: Glyphs): Line {
  const places = nodes.flatMap((node) => row.places.get(node) ?? []);
  if (places.length === 0) return '';
  const unheard = places.filter(({ freshness }) => freshness !== 'fresh');
  if (unheard.length > 0) return unheardCell(unheard, glyphs);
  const [first] = nodes;
  const odd = (row.places.get(first ?? '') ?? []).flatMap((place) => place.odd);
  if (odd.length > 0) return oddCell(odd, glyphs);
  return places.every(({ unchecked }) => unchecked) ? glyphs.noCheck : paint2('green', glyphs.up);
}

const MARKS: Readonly<Record<Kind, { readonly glyph: keyof Glyphs; readonly colour: Paint }>> = {
  down: { glyph: 'down', colour: 'red' },
  'going-up': { glyph: 'goingUp', colour: 'yellow' },
  'going-down': { glyph: 'goingDown', colour: 'yellow' },
  maint: { glyph: 'maint', colour: 'cyan' },
  drain: { glyph: 'drain', colour: 'cyan' },
  stopping: { glyph: 'drain', colour: 'yellow' },
  'no-weight': { glyph: 'noCheck', colour: 'yellow' },
  up: { glyph: 'up', colour: 'green' },
};

/** Longest list of names in a cell; NOTE has all of them. */
const MAX_NAMES = 24;

function oddCell(odd: PlaceReport['odd'], glyphs: Glyphs): Line {
  const kinds = [...new Set(odd.map(({ kind }) => kind))];
  return kinds.flatMap((kind, index) => {
    const { glyph, colour } = MARKS[kind];
    const servers = odd.filter((one) => one.kind === kind).map(({ server }) => server);
    const names = foldNodeSet(servers);
    const shown = names.length > MAX_NAMES ? String(servers.length) : names;
    return [index === 0 ? '' : ' ', { text: glyphs[glyph], paint: colour }, ` ${shown}`];
  });
}

function unheardCell(places: readonly PlaceReport[], glyphs: Glyphs): Line {
  const stale = places.every(({ freshness }) => freshness === 'stale');
  const oldest = Math.max(...places.map(({ ageMs }) => ageMs ?? 0));
  return paint2('magenta', stale ? `${glyphs.unknown} stale ${formatDuration(oldest)}` : glyphs.unknown);
}

function paint2(colour: Paint, text: string): Line {
  return [paint(colour, text)];
}

function signatureOf(places: readonly PlaceReport[]): string {
  return JSON.stringify(
    places.map(({ freshness, odd, unchecked }) => (freshness === 'fresh' ? [odd, unchecked] : freshness)),
  );
}
