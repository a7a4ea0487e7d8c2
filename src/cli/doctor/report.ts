import { compareNatural } from '../../lib/index.ts';
import type { FindingSeverity, Finding } from '../../plan/index.ts';
import type { Verdict } from '../../model/index.ts';

/** A finding with the node that has it; '' for the fleet as a whole, and where there is no fleet. */
export interface DoctorItem extends Finding {
  readonly node: string;
}

/** The same finding on several nodes. */
export interface DoctorGroup extends Finding {
  /** Empty: not about nodes. */
  readonly nodes: readonly string[];
  /** Node whose evidence is shown, where not all read the same. */
  readonly evidenceOf?: string;
}

export interface DoctorReport {
  readonly verdict: Verdict;
  /** Worst first; among equals what most nodes have. */
  readonly groups: readonly DoctorGroup[];
  readonly counts: Readonly<Record<FindingSeverity, number>>;
}

const WORST_FIRST: readonly FindingSeverity[] = ['critical', 'unknown', 'warning', 'info', 'ok'];

/** Folds equal findings and judges them all. Nothing that was looked at is no good news: UNKNOWN. */
export function reportDoctor(items: readonly DoctorItem[]): DoctorReport {
  const groups = fold(items).sort(
    (a, b) =>
      WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity) || b.nodes.length - a.nodes.length,
  );
  const counts = { ok: 0, info: 0, warning: 0, critical: 0, unknown: 0 };
  for (const { severity } of groups) counts[severity]++;
  return { verdict: judge(counts, items.length), groups, counts };
}

function judge({ critical, unknown, warning }: DoctorReport['counts'], looked: number): Verdict {
  if (critical > 0) return 'CRITICAL';
  if (unknown > 0 || looked === 0) return 'UNKNOWN';
  return warning > 0 ? 'WARNING' : 'OK';
}

/** Evidence is left out of what makes findings equal: the same fault stands on another line of another file. */
function fold(items: readonly DoctorItem[]): DoctorGroup[] {
  const groups = new Map<string, DoctorItem[]>();
  for (const item of items) {
    const { severity, id, subject, verdict, fix, node } = item;
    const key = JSON.stringify([severity, id, subject, verdict, fix, node === '']);
    const known = groups.get(key);
    if (known) known.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].flatMap(foldGroup);
}

function foldGroup(items: readonly DoctorItem[]): DoctorGroup[] {
  const sorted = [...items].sort((a, b) => compareNatural(a.node, b.node));
  const [first] = sorted;
  if (!first) return [];
  const { node, ...finding } = first;
  const isSame = sorted.every(({ evidence }) => evidence.join('\n') === finding.evidence.join('\n'));
  const nodes = [...new Set(sorted.map((one) => one.node))].filter((name) => name !== '');
  return [{ ...finding, nodes, ...(!isSame && { evidenceOf: node }) }];
}
