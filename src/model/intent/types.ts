/** How long something may last, counted down by the leader alone, on its monotonic clock. */
export interface Lease {
  /** What is left, in ms; negative once it is past its end and has not been ended yet. */
  readonly remainingMs: number;
  /** A jump of the wall clock was seen: nothing ends by itself until a person confirms. */
  readonly suspended: boolean;
}

/** Which servers: literal names; `*` is the only wildcard, for instance and backend. Also those that come later. */
export interface IntentTarget {
  /** The instance's name on its node (`http`), or `*`. */
  readonly instance: string;
  readonly backend: string;
  readonly server: string;
}

/** What is wanted. A state and a weight are two aspects of a server that do not meet. */
export type IntentWant =
  | { readonly aspect: 'state'; readonly state: 'ready' | 'drain' | 'maint' }
  /** null gives the weight of the file back. */
  | { readonly aspect: 'weight'; readonly weight: number | null };

export type IntentAspect = IntentWant['aspect'];

/**
 * - `holding`: the wanted state or weight is brought about, again after each reload.
 * - `gating`: leaving maint. On each instance the server is in drain with its health forced down until its checks are
 *   green; none is given ready before all reachable ones are.
 * - `entering`: the gate is open, or there was none to pass. Each instance gets ready (or the file's weight), and the
 *   intent is gone when each has read back.
 * - `returning`: the gate stayed red somewhere. Each instance goes back to where it was, and the intent is gone.
 */
export type IntentPhase = 'holding' | 'gating' | 'entering' | 'returning';

/** What one agent needs to know of an intent. */
export interface Intent extends IntentTarget {
  /** Change and target, unique in the fleet: `CHG-12:web/web1`. */
  readonly id: string;
  /** The number of its change. Steps of its life leave it alone, or an old intent would come to the top by ending. */
  readonly order: number;
  /** Store revision of its last step. A new one is applied again, also over drift. */
  readonly revision: number;
  readonly want: IntentWant;
  readonly phase: IntentPhase;
}

/** What an intent means over the fleet: targets, on nodes as typed, evaluated at read. */
export interface IntentMeaning extends IntentTarget {
  readonly on: string;
  readonly exclude?: string | undefined;
  readonly want: IntentWant;
}
