import type { StatusReport } from './judge.ts';

/** One line and performance data, as Nagios and its kin take them. Names stay out: the line is numbers and words. */
export function renderNagios({ verdict, counts, lost }: StatusReport): string {
  const { servers, up, down, split, drain, maint, unknown, drift } = counts;
  const parts: (readonly [number, string])[] = [
    [split, split === 1 ? 'disagreement' : 'disagreements'],
    [down, 'down'],
    [maint, 'maint'],
    [drain, 'drain'],
    [drift, 'drifted'],
    [unknown, 'unknown'],
    [lost.length, 'not heard'],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const text = said.length === 0 ? `${servers} servers up` : `${said.join(', ')} of ${servers}`;
  const data = `up=${up};;;0;${servers} down=${down} split=${split} drain=${drain} maint=${maint} unknown=${unknown} lost=${lost.length}`;
  return `HAFLEET ${verdict} - ${text} | ${data}`;
}
