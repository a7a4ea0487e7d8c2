import type { Freshness } from '../server-state/index.ts';
import type { ServerPlace, ServerRef } from '../selector/index.ts';
import type { Floor } from './floor.ts';

/**
 * - `capacity`: no backend falls below its floor of usable servers on a reachable instance.
 * - `freshness`: nearly all instances concerned are read right now.
 * - `agreement`: instances do not treat a server of the backend differently. Only asked where the change requires it.
 * - `lock`: nobody else holds the scope.
 */
export type GuardName = 'capacity' | 'agreement' | 'freshness' | 'lock';

export const GUARD_NAMES: readonly GuardName[] = ['capacity', 'agreement', 'freshness', 'lock'];

/** One server as one instance last reported it. */
export interface GuardedServer extends ServerRef {
  /** ServerState.usable: takes new requests. */
  readonly usable: boolean;
  /** `backup` in the file: serves only while no active server is usable. */
  readonly backup: boolean;
}

/** One instance, with everything it last reported. Backends of the change must be there whole, not only its servers. */
export interface GuardedInstance {
  /** `node/name`. */
  readonly instance: string;
  readonly node: string;
  /** Age of the last reading; undefined when it was never read or its node cannot be reached. */
  readonly ageMs: number | undefined;
  readonly servers: readonly GuardedServer[];
}

export interface GuardLock {
  /** What is locked: `server:web/*`, `fleet` … as the store names it. Only locks that concern the change are given. */
  readonly scope: string;
  readonly owner: string;
  readonly reason?: string;
}

/** What somebody is about to want. */
export interface GuardedChange {
  /** Does it end in servers taking no new requests: drain, maint, weight 0? Others are not asked for capacity. */
  readonly takesOut: boolean;
  /** Every server meant, on every instance that has it. */
  readonly places: readonly ServerPlace[];
  /**
   * Instances in its node sets, by `node/name`: of those that cannot be read now, which count as pending. Those that
   * have none of the servers are skipped.
   */
  readonly scope: readonly string[];
  /** `--min-healthy` of this very change; outranks the floors of the fleet. */
  readonly minHealthy?: Floor;
  /** Refuse where instances disagree, as rollouts do; else it is a warning. */
  readonly requireAgreement?: boolean;
}

export interface GuardOverride {
  readonly guard: GuardName;
  /** Goes to the audit. Without one, the override does not count. */
  readonly reason: string;
}

export interface GuardRequest {
  readonly change: GuardedChange;
  readonly instances: readonly GuardedInstance[];
  /** Floors by backend, from the fleet directory; others have DEFAULT_FLOOR. */
  readonly floors?: Readonly<Record<string, Floor>>;
  readonly locks?: readonly GuardLock[];
  readonly overrides?: readonly GuardOverride[];
}

export interface GuardRefusal {
  readonly guard: GuardName;
  /** One sentence with the numbers: `web would keep 5 usable of 12 on lb[1-8], floor 8.` */
  readonly message: string;
  /** Servers that would be allowed: `web/web[1-3]`. */
  readonly fits?: string;
  /** What exactly to add to insist. */
  readonly override: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** An instance that gets the change when it is back. */
export interface PendingInstance {
  readonly instance: string;
  readonly node: string;
  readonly freshness: Exclude<Freshness, 'fresh'>;
}

export interface GuardResult {
  /** `go-pending`: accepted, done now on what is reachable, and on `pending` as soon as they answer. */
  readonly verdict: 'go' | 'go-pending' | 'refuse';
  readonly refusals: readonly GuardRefusal[];
  /** Guards that would have refused and were overridden by name, for the audit. */
  readonly overridden: readonly (GuardRefusal & { readonly reason: string })[];
  /** Sentences that do not stop anything. */
  readonly warnings: readonly string[];
  readonly pending: readonly PendingInstance[];
}
