import { compareNatural } from '../../lib/index.ts';
import { type Remark, plural, remark } from './finding.ts';

/** One check that one HAProxy makes. Where a server stands in four backends it is checked four times. */
export interface Check {
  /** Of the instance, with its node where several are looked at. */
  readonly from: string;
  readonly backend: string;
  readonly server: string;
  /** `10.0.0.1:80`: what is checked, whatever it is called. */
  readonly target: string;
  readonly intervalMs: number;
}

/** Health checks a server gets each second before it counts as loaded by them (S1.13). */
export const CHECKS_PER_SECOND = 10;

/** The load that checks of all instances together put on each server. */
export function checkLoad(checks: readonly Check[], limit = CHECKS_PER_SECOND): Remark[] {
  const byTarget = groupByTarget(checks);
  const loads = [...byTarget].map(([target, list]) => ({
    target,
    list,
    perSecond: list.reduce((sum, { intervalMs }) => sum + 1000 / Math.max(1, intervalMs), 0),
  }));
  const over = loads
    .filter(({ perSecond }) => perSecond > limit)
    .sort((a, b) => b.perSecond - a.perSecond || compareNatural(a.target, b.target));
  const most = Math.max(0, ...loads.map(({ perSecond }) => perSecond));
  if (over.length === 0)
    return loads.length === 0
      ? []
      : [remark('ok', 'check-load', `${round(most)} checks/s per server at most`)];
  return [
    remark(
      'warning',
      'check-load',
      `${plural(over.length, 'server')} get${over.length === 1 ? 's' : ''} up to ${round(most)} health checks a second, over ${limit}`,
      {
        evidence: over.map(describeLoad),
        fix: [
          'server web1 10.0.0.1:80 track web/web1      # in all backends but one',
          'or a longer `inter`, or agent-check in place of check',
        ],
      },
    ),
  ];
}

function groupByTarget(checks: readonly Check[]): Map<string, Check[]> {
  const groups = new Map<string, Check[]>();
  for (const check of checks) {
    const known = groups.get(check.target);
    if (known) known.push(check);
    else groups.set(check.target, [check]);
  }
  return groups;
}

function describeLoad({
  target,
  list,
  perSecond,
}: {
  target: string;
  list: readonly Check[];
  perSecond: number;
}): string {
  const [first] = list;
  const count = (values: Iterable<string>) => new Set(values).size;
  const instances = count(list.map(({ from }) => from));
  const backends = count(list.map(({ backend }) => backend));
  return `${first?.backend ?? ''}/${first?.server ?? ''} ${target}: ${round(perSecond)} checks/s from ${plural(instances, 'instance')} and ${plural(backends, 'backend')}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
