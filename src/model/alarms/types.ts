/** Every alarm there is. A code is for ever: people route pages by it. */
export const ALARM_CODES = [
  'node-not-connected',
  'data-stale',
  'haproxy-not-answering',
  'server-down',
  'backend-none-usable',
  'backend-below-floor',
  'out-unexplained',
  'intent-overdue',
  'lease-suspended',
  'drift',
  'not-reload-safe',
  'store-behind',
  'unadopted',
  'other-fleet',
  'desired-refused',
  'store-full',
  'store-unavailable',
] as const;
export type AlarmCode = (typeof ALARM_CODES)[number];

/** Something that is wrong now. Code and subject tell it from every other. */
export interface OpenAlarm {
  readonly code: AlarmCode;
  readonly severity: 'info' | 'warning' | 'critical';
  /** `web/web1`, `web`, `lb1`, `lb1/http`, `CHG-12`, `store`. */
  readonly subject: string;
  readonly nodes: readonly string[];
  readonly backend?: string;
  /** Names no node: `nodes` does. */
  readonly message: string;
  readonly command: string;
  /** For how long already, where that is known better than by having looked. */
  readonly forMs?: number;
}

/** What the alarms are found in: one moment of the fleet, as one server knows it. */
export interface AlarmFacts {
  /** Since this server began to listen: before everybody had the time to connect nobody is missing. */
  readonly upMs: number;
  readonly nodes: readonly NodeFacts[];
  readonly instances: readonly InstanceFacts[];
  readonly backends: readonly BackendFacts[];
  /** Servers that are not plainly used somewhere. */
  readonly servers: readonly ServerFacts[];
  readonly holds: readonly HoldFacts[];
  readonly drifts: readonly DriftFacts[];
  /** The last refusal of the store that no success followed. */
  readonly store: { readonly code: string; readonly message: string } | undefined;
}

export interface NodeFacts {
  readonly node: string;
  readonly connected: boolean;
  /** Since its last word; undefined when it has not spoken since this server started. */
  readonly silentMs: number | undefined;
  readonly standing: 'known' | 'behind' | 'unadopted' | 'foreign' | undefined;
  /** Why its agent does not take what is wanted of it. */
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
}

export interface InstanceFacts {
  readonly node: string;
  readonly instance: string;
  readonly connected: boolean;
  readonly reading: 'ok' | 'failing' | 'never';
  readonly ageMs: number | undefined;
  readonly freshness: 'fresh' | 'stale' | 'unknown';
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly survivesReload: boolean | undefined;
}

/** One backend of one instance that is read now. */
export interface BackendFacts {
  readonly node: string;
  readonly instance: string;
  readonly backend: string;
  readonly usable: number;
  readonly total: number;
  readonly floor: number;
}

/** One server on one instance that is read now, and is not plainly used. */
export interface ServerFacts {
  readonly node: string;
  readonly instance: string;
  readonly backend: string;
  readonly server: string;
  readonly state: 'down' | 'drain' | 'maint';
  /** The text of the check that failed, or empty. */
  readonly check: string;
  /** Out of ready by command, and no intent wants it so. */
  readonly unexplained: boolean;
  /** How many instances that are read now have this server. */
  readonly seenOn: number;
}

/** A change that holds servers, with an end. */
export interface HoldFacts {
  readonly change: string;
  readonly who: string;
  readonly backends: readonly string[];
  readonly servers: readonly string[];
  readonly lease: 'running' | 'overdue' | 'suspended';
  readonly overdueMs?: number;
}

/** An intent that was done on an instance, and that somebody undid by hand. */
export interface DriftFacts {
  readonly node: string;
  readonly change: string;
  readonly backend: string;
  readonly server: string;
}
