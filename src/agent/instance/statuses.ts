import type { IntentStatus } from '../../api/index.ts';
import type { PlanStatus } from '../../plan/index.ts';

/**
 * The statuses to be reported; equal ones keep their object, and if none differs the map is the old one. An intent whose operation
 * was not tried yet has none.
 */
export function foldStatuses(
  planned: readonly PlanStatus[],
  before: ReadonlyMap<string, IntentStatus>,
): ReadonlyMap<string, IntentStatus> {
  const now = new Map<string, IntentStatus>();
  for (const one of planned) {
    const { status } = one;
    if (status === 'applying') continue;
    const known = before.get(one.id);
    const next = {
      ...one,
      status,
      ...(one.message !== undefined && { message: one.message.slice(0, 2000) }),
    };
    now.set(one.id, known && isSame(known, next) ? known : next);
  }
  const isEqual = now.size === before.size && [...now].every(([id, status]) => before.get(id) === status);
  return isEqual ? before : now;
}

function isSame(a: IntentStatus, b: IntentStatus): boolean {
  return (
    a.revision === b.revision &&
    a.status === b.status &&
    a.servers === b.servers &&
    a.sessions === b.sessions &&
    a.ungated === b.ungated &&
    a.fileDisabled === b.fileDisabled &&
    a.code === b.code &&
    a.message === b.message
  );
}
