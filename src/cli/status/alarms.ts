import type { Alarm } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { formatDuration, paint, type Line } from '../text/index.ts';

/** Alarms that no row of the table and no line below it tells already. */
const UNTOLD: ReadonlySet<string> = new Set([
  'backend-below-floor',
  'lease-suspended',
  'store-behind',
  'unadopted',
  'other-fleet',
  'desired-refused',
  'store-full',
  'store-unavailable',
]);

/** As many as fit under a table; `hafleet event list --severity warning` tells of more. */
const MAX_LINES = 8;

/** Those that are alike but for where they hold are one line. */
export function alarmLines(alarms: readonly Alarm[]): Line[] {
  const alike = new Map<string, Alarm[]>();
  for (const alarm of alarms.filter(({ code }) => UNTOLD.has(code))) {
    const key = `${alarm.code} ${alarm.message}`;
    alike.set(key, [...(alike.get(key) ?? []), alarm]);
  }
  const groups = [...alike.values()];
  const hidden = groups.length - MAX_LINES;
  return [
    ...groups.slice(0, MAX_LINES).flatMap(alarmLine),
    ...(hidden > 0 ? [`${hidden} more alarms: hafleet event list --severity warning`] : []),
  ];
}

function alarmLine(alarms: readonly Alarm[]): Line[] {
  const [first] = alarms;
  if (!first) return [];
  const nodes = [...new Set(alarms.flatMap((alarm) => alarm.nodes))];
  const isAboutNode = nodes.includes(first.subject);
  const where = nodes.length === 0 ? first.subject : foldNodeSet(nodes);
  const named = nodes.length === 0 || isAboutNode ? where : `${first.subject} on ${where}`;
  const age = formatDuration(Math.max(...alarms.map(({ ageMs }) => ageMs)));
  const mark = paint(first.severity === 'critical' ? 'red' : 'yellow', `! ${named}`);
  return [[mark, `  ${first.message}, ${age}        Next: ${first.command}`]];
}
