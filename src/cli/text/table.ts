import { joinLines, lineWidth, truncateLine, type Line } from './line.ts';

export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Line[])[];
}

export interface TableColumn {
  readonly title: string;
  readonly align?: 'right';
}

export interface TableOptions {
  /** Cut lines at this many columns. Left out where nobody looks: a pipe gets everything. */
  readonly width?: number | undefined;
}

const GAP = '  ';

/** Borderless, as kubectl prints them: header in capitals, two blanks between columns, no blanks at the end of a line. */
export function renderTable({ columns, rows }: Table, options: TableOptions = {}): Line[] {
  const all = [columns.map(({ title }): Line => title), ...rows];
  const widths = columns.map((_, index) => columnWidth(all, index));
  const lines = all.map((row) => renderRow(row, columns, widths));
  const { width } = options;
  return width === undefined ? lines : lines.map((line) => truncateLine(line, width));
}

function columnWidth(rows: readonly (readonly Line[])[], index: number): number {
  return rows.reduce((widest, row) => Math.max(widest, lineWidth(row[index] ?? '')), 0);
}

function renderRow(row: readonly Line[], columns: readonly TableColumn[], widths: readonly number[]): Line {
  const last = row.findLastIndex((cell) => lineWidth(cell) > 0);
  const cells = row.slice(0, last + 1).map((cell, index) => {
    const gap = index === 0 ? '' : GAP;
    const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - lineWidth(cell)));
    if (columns[index]?.align === 'right') return joinLines(gap + padding, cell);
    return joinLines(gap, cell, index === last ? '' : padding);
  });
  return joinLines(...cells);
}
