import type { Verdict } from '../../model/index.ts';

/** Nagios' numbers. */
const EXIT_OF: Readonly<Record<Verdict, number>> = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

export function verdictExit(verdict: Verdict): number {
  return EXIT_OF[verdict];
}

const WORST_FIRST: readonly Verdict[] = ['CRITICAL', 'UNKNOWN', 'WARNING', 'OK'];

export function compareVerdicts(a: Verdict, b: Verdict): number {
  return WORST_FIRST.indexOf(a) - WORST_FIRST.indexOf(b);
}
