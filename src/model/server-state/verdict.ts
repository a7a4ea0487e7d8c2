import type { FoldedServer } from './fold-states.ts';
import type { AdminCause } from './types.ts';

export type Verdict = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

/** How the store explains that a server is out: by an intent that holds, by one past its end, or not at all. */
export type OutBy = 'intent' | 'overdue-intent' | 'nothing';

export interface ServerVerdictFacts {
  readonly folded: FoldedServer;
  readonly outBy: OutBy;
  /** The causes seen on the instances where it is in drain or maint; empty where it is out nowhere. */
  readonly causes: readonly AdminCause[];
}

/**
 * Out on purpose is WARNING while the intent holds and CRITICAL when overdue or unexplained. Down, disagreeing, or
 * read by too few is WARNING: one server is not an outage. Nothing fresh at all is UNKNOWN.
 */
export function serverVerdict({ folded, outBy, causes }: ServerVerdictFacts): Verdict {
  if (folded.freshOn === 0) return 'UNKNOWN';
  if (outBy === 'overdue-intent') return 'CRITICAL';
  if (outBy === 'nothing' && causes.includes('operator')) return 'CRITICAL';
  const allUsed = folded.usableOn === folded.seenOn;
  return allUsed && !folded.disagree ? 'OK' : 'WARNING';
}

/** A backend with no usable server on some fresh instance is CRITICAL, whatever its servers say one by one. */
export function backendVerdict(usableByInstance: readonly number[], servers: readonly Verdict[]): Verdict {
  if (usableByInstance.some((usable) => usable === 0)) return 'CRITICAL';
  return worstVerdict(servers);
}

const RANK: Readonly<Record<Verdict, number>> = { OK: 0, WARNING: 1, UNKNOWN: 2, CRITICAL: 3 };

export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((worst, next) => (RANK[next] > RANK[worst] ? next : worst), 'OK');
}
