import type { StatusAnswer } from '../../api/index.ts';
import type { StatusReport } from './judge.ts';
import { escapeText, isoTime } from '../text/index.ts';

/**
 * One cell a line, tab-separated, no header, nothing folded: node, instance, backend, server, state, admin state,
 * weight, since, last check, sessions, freshness.
 */
export function renderPlainCells({ instances, servers, cells }: StatusAnswer, report: StatusReport): string {
  const lines: string[] = [];
  const meant = new Set(report.farms.flatMap(({ farm }) => farm.servers.map(({ index }) => index)));
  for (const [row, view] of instances.entries()) {
    for (const [column, { backend, server }] of servers.entries()) {
      const cell = cells[row]?.[column];
      if (!cell || !meant.has(column)) continue;
      const [state, admin, weight, since, check, , sessions] = cell;
      const fields = [view.node, view.instance, backend, server, state, admin, weight, isoTime(since), check];
      lines.push(
        [...fields, sessions ?? '', view.freshness].map((field) => escapeText(String(field))).join('\t'),
      );
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}
