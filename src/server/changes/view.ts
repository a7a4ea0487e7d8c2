import type { Change, InstanceResult } from '../../api/index.ts';
import { changeId, type ChangeRecord, type StoredIntent } from '../store/records.ts';

export interface ChangeProgress {
  readonly state: Change['state'];
  readonly step: string;
  readonly results: readonly InstanceResult[];
}

/** A change as the API shows it: what was asked, and how it stands now. */
export function changeView(
  record: ChangeRecord,
  intents: readonly StoredIntent[],
  progress: ChangeProgress,
  nowWallMs: number,
): Omit<Change, 'version'> {
  const { number, servers, drain: _drain, gateMs: _gate, removed, results: _stored, ...asked } = record;
  const active = intents.length > 0;
  return {
    ...asked,
    id: changeId(number),
    state: progress.state,
    step: progress.step,
    results: [...progress.results],
    servers: servers.map(({ backend, server }) => `${backend}/${server}`),
    replaces: removed.map(({ id }) => id),
    active,
    ...(record.until === undefined ? {} : { overdue: active && record.until < nowWallMs }),
  };
}
