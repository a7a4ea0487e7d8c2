import { API_VERSION } from '../api/index.ts';
import { compareNatural } from '../lib/index.ts';
import type { Cli } from './cli.ts';
import { usageError } from './errors.ts';
import type { Format } from './settings.ts';
import {
  escapeJson,
  escapeText,
  isoTime,
  printLine,
  renderTable,
  type Line,
  type Table,
} from './text/index.ts';

/** What a reading command has to show, in every format it can be shown in. */
export interface Listing {
  readonly kind: string;
  readonly verdict?: string;
  /** For json and yaml: everything that is known. Fields are only added within v1. */
  readonly items: readonly unknown[];
  /** For `-o name`: what one types to name each item. */
  readonly names: readonly string[];
  readonly table: (wide: boolean) => Table;
  /** For `-o plain`, where the table folds what a script wants apart. */
  readonly plain?: () => string;
  /** Printed below the table, for people. */
  readonly footer?: readonly Line[];
  /** What is printed instead of an empty table. */
  readonly empty?: Line;
}

export interface ListingOptions {
  readonly columns?: string | undefined;
  readonly sort?: string | undefined;
}

/** @throws CliError (64) for a format that this command does not have. */
export async function printListing(cli: Cli, listing: Listing, options: ListingOptions = {}): Promise<void> {
  const { format } = cli.settings;
  switch (format) {
    case 'json':
    case 'yaml':
      return printDocument(cli, listing);
    case 'name':
      return cli.out.lines(listing.names);
    case 'plain':
      return cli.out.raw(plainText(listing, options));
    case 'table':
    case 'wide':
      return printTable(cli, listing, options);
    case 'nagios':
    case 'milkcheck':
      throw noSuchFormat(format);
  }
}

export interface Document {
  readonly kind: string;
  readonly verdict?: string;
  readonly items: readonly unknown[];
}

/** `{apiVersion, kind, generatedAt, verdict, items}` in JSON or YAML. */
export async function printDocument(cli: Cli, { kind, verdict, items }: Document): Promise<void> {
  const generatedAt = isoTime(Math.floor(cli.world.clock.wallMs() / 1_000) * 1_000);
  const document = {
    apiVersion: API_VERSION,
    kind,
    generatedAt,
    ...(verdict === undefined ? {} : { verdict }),
    items,
  };
  if (cli.settings.format !== 'yaml')
    return cli.out.raw(`${escapeJson(JSON.stringify(document, undefined, 2))}\n`);
  const { printYaml } = await import('./yaml.ts');
  cli.out.raw(printYaml(document));
}

/** One document on one line: what `--watch` appends. */
export function printDocumentLine(cli: Cli, { kind, verdict, items }: Document): void {
  const generatedAt = isoTime(Math.floor(cli.world.clock.wallMs() / 1_000) * 1_000);
  cli.out.raw(
    `${escapeJson(JSON.stringify({ apiVersion: API_VERSION, kind, generatedAt, verdict, items }))}\n`,
  );
}

export function noSuchFormat(format: Format): Error {
  return usageError(
    `-o ${format} is not for this command`,
    'only `hafleet status` has it; try -o table or -o json',
  );
}

function printTable(cli: Cli, listing: Listing, options: ListingOptions): void {
  const wide = cli.settings.format === 'wide';
  const table = arrange(listing.table(wide), options);
  if (table.rows.length === 0 && listing.empty !== undefined) return cli.out.line(listing.empty);
  cli.out.lines(renderTable(table, { width: wide ? undefined : cli.out.width }));
  cli.out.lines(listing.footer ?? []);
}

function plainText(listing: Listing, options: ListingOptions): string {
  const asAsked = options.columns !== undefined || options.sort !== undefined;
  if (listing.plain && !asAsked) return listing.plain();
  return plainRows(arrange(listing.table(true), options));
}

/** Tab-separated, no header. What is in a field cannot hold a tab: it is escaped before the fields are joined. */
function plainRows({ rows }: Table): string {
  return rows.map((row) => `${row.map((cell) => printLine(cell)).join('\t')}\n`).join('');
}

function arrange(table: Table, { columns, sort }: ListingOptions): Table {
  const sorted = sort === undefined ? table : sortTable(table, sort);
  return columns === undefined ? sorted : pickColumns(sorted, columns);
}

function sortTable(table: Table, sort: string): Table {
  const descending = sort.startsWith('-');
  const index = columnIndex(table, descending ? sort.slice(1) : sort);
  const rows = table.rows.toSorted((a, b) => compareCells(a[index] ?? '', b[index] ?? ''));
  return { ...table, rows: descending ? rows.reverse() : rows };
}

function pickColumns(table: Table, columns: string): Table {
  const indexes = columns.split(',').map((name) => columnIndex(table, name.trim()));
  const pick = <T>(all: readonly T[]): T[] => indexes.flatMap((index) => all.slice(index, index + 1));
  return {
    columns: pick(table.columns),
    rows: table.rows.map((row) => indexes.map((index) => row[index] ?? '')),
  };
}

function columnIndex({ columns }: Table, name: string): number {
  const index = columns.findIndex(({ title }) => title.toLowerCase() === name.toLowerCase());
  if (index >= 0) return index;
  throw usageError(
    `there is no column \`${escapeText(name)}\``,
    `columns: ${columns.map(({ title }) => title.toLowerCase()).join(', ')}`,
  );
}

function compareCells(a: Line, b: Line): number {
  return compareNatural(printLine(a), printLine(b));
}
