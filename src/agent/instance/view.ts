import type { InstanceReport, IntentStatus, ServerReport } from '../../api/index.ts';
import type { CliLevel } from '../../haproxy/runtime/index.ts';
import type { HafleetError } from '../../lib/index.ts';
import type { LocalInstance } from '../local-file/schema.ts';

/** What is known of an instance now. Objects and maps are replaced when they change, so comparing them is enough. */
export interface InstanceView {
  readonly local: LocalInstance;
  readonly reading: InstanceReport['reading'];
  /** On the monotonic clock; null before the first reading. */
  readonly readAtMs: number | null;
  /** Why the last reading failed. */
  readonly error: HafleetError | undefined;
  readonly worker: InstanceReport['worker'];
  readonly level: CliLevel | 'unknown' | undefined;
  readonly readOnly: boolean;
  /** undefined where haproxy.cfg cannot be read. */
  readonly survivesReload: boolean | undefined;
  /** By `serverKey`. */
  reports(): Iterable<readonly [string, ServerReport]>;
  /** Counts every change of `reports`. */
  readonly rowsVersion: number;
  readonly statuses: ReadonlyMap<string, IntentStatus>;
}

/** How often an instance is looked at, in ms. */
export const PACE = {
  poll: 1_000,
  /** Where a reload forgets what is wanted, a new worker has to be found soon. */
  glance: 200,
  /** While a server waits at the gate. */
  gate: 100,
  /** Within this an accepted operation has to show. */
  readBack: 1_000,
} as const;
