export type Verdict = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

const RANK: Readonly<Record<Verdict, number>> = { OK: 0, WARNING: 1, UNKNOWN: 2, CRITICAL: 3 };

export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((worst, next) => (RANK[next] > RANK[worst] ? next : worst), 'OK');
}
