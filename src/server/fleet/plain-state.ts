import type { ServerReport } from '../../api/index.ts';
import { stateOf } from './cells.ts';
import { rowKey, type InstanceLive } from './instance-live.ts';

/** A server on one instance, as far as no intent is needed to tell. */
export interface PlainState {
  readonly kind: 'up' | 'down' | 'drain' | 'maint';
  readonly usable: boolean;
}

/** A row is replaced when it changes, so what was made of it stands as long as it does. */
const known = new WeakMap<ServerReport, PlainState>();

export function plainState(row: ServerReport): PlainState {
  const before = known.get(row);
  if (before) return before;
  const { word, admin, usable } = stateOf(row, { stateWanted: () => undefined });
  const isDown = word === 'DOWN' || word === 'GOING UP';
  const kind = admin === 'ready' ? (isDown ? 'down' : 'up') : admin;
  const state = { kind, usable } as const;
  known.set(row, state);
  return state;
}

export interface BackendCount {
  readonly backend: string;
  readonly usable: number;
  /** The servers among which they are counted. */
  readonly total: number;
}

/** What one instance has, counted once for every version of it. */
export interface InstanceCounts {
  readonly backends: readonly BackendCount[];
  /** Rows that are not plainly used, by `rowKey`. */
  readonly odd: ReadonlyMap<string, ServerReport>;
}

const counted = new WeakMap<InstanceLive, { readonly version: number; readonly counts: InstanceCounts }>();

export function countInstance(live: InstanceLive): InstanceCounts {
  const before = counted.get(live);
  if (before?.version === live.version) return before.counts;
  const counts = count(live);
  counted.set(live, { version: live.version, counts });
  return counts;
}

interface Tally {
  readonly active: { usable: number; total: number };
  readonly backup: { usable: number; total: number };
}

function count({ servers }: InstanceLive): InstanceCounts {
  const tallies = new Map<string, Tally>();
  const odd = new Map<string, ServerReport>();
  for (const row of servers.values()) {
    const { kind, usable } = plainState(row);
    if (kind !== 'up') odd.set(rowKey(row), row);
    const tally = tallies.get(row.backend) ?? {
      active: { usable: 0, total: 0 },
      backup: { usable: 0, total: 0 },
    };
    tallies.set(row.backend, tally);
    const part = row.backup ? tally.backup : tally.active;
    part.total++;
    if (usable) part.usable++;
  }
  return { backends: [...tallies].map(([backend, tally]) => ({ backend, ...carrying(tally) })), odd };
}

/** As the guards count: backups only while no active server is usable, for so HAProxy itself chooses. */
function carrying({ active, backup }: Tally): { usable: number; total: number } {
  const onBackups = active.total === 0 || (active.usable === 0 && backup.usable > 0);
  return onBackups ? backup : active;
}
