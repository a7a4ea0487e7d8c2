import type { HoldFacts } from '../../model/index.ts';
import { isEnding } from '../changes/intents.ts';
import type { Mirror } from '../store/mirror.ts';
import type { IntentRecord } from '../store/records.ts';

export type LeaseWord = HoldFacts['lease'];

/** Changes that hold something until a time; the intents of one change end together. */
export function readHolds(
  intents: Mirror<IntentRecord>,
  leases: ReadonlyMap<string, LeaseWord>,
  wallMs: number,
): HoldFacts[] {
  const all = [...intents.entries.values()].map(({ value }) => value);
  const ended = new Set(all.filter(isEnding).map(({ who }) => who));
  const byChange = new Map<string, IntentRecord[]>();
  for (const one of all)
    if (one.until !== undefined && !isEnding(one))
      byChange.set(one.change, [...(byChange.get(one.change) ?? []), one]);
  return [...byChange].flatMap(([change, held]) => {
    const [first] = held;
    // One that goes through the gate at this moment is over in good order.
    if (first?.until === undefined || ended.has(leaseOwner(change))) return [];
    const overdueMs = wallMs - first.until;
    const isSuspended = leases.get(change) === 'suspended';
    const isOverdue = overdueMs > OVERDUE_AFTER_MS;
    return [
      {
        change,
        who: first.who,
        backends: [...new Set(held.map(({ backend }) => backend))],
        servers: held.map(({ backend, server }) => (backend === '*' ? server : `${backend}/${server}`)),
        lease: isSuspended ? 'suspended' : isOverdue ? 'overdue' : 'running',
        ...(isOverdue ? { overdueMs } : {}),
      },
    ];
  });
}

/** Ends are brought about a few times a second. */
const OVERDUE_AFTER_MS = 3_000;

/** Who ends the leases, as it stands in the change. */
export function leaseOwner(change: string): string {
  return `lease of ${change}`;
}
