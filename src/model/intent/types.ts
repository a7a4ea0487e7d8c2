/** How long something may last, counted down by the leader alone, on its monotonic clock. */
export interface Lease {
  /** What is left, in ms; negative once it is past its end and has not been ended yet. */
  readonly remainingMs: number;
  /** A jump of the wall clock was seen: nothing ends by itself until a person confirms. */
  readonly suspended: boolean;
}

/** Which servers, on every instance of the node set. Literal names; `*` is the only wildcard, for instance and backend. */
export interface IntentSelector {
  /** The instance's name on its node (`http`), or `*`. */
  readonly instance: string;
  readonly backend: string;
  readonly server: string;
}

/**
 * - `holding`: the wanted state or weight is brought about, again after each reload.
 * - `gating`: leaving maint. On each instance the server is in drain with its health forced down until its checks
 *   are green; none is given ready before all reachable ones are.
 * - `entering`: the gate is open, or there was none to pass. Each instance gets ready (or the file's weight) and the
 *   intent is gone when each has read back.
 */
export type IntentPhase = 'holding' | 'gating' | 'entering';

/** A part that was taken out of a wider intent, by enabling a few of its servers. */
export interface IntentException {
  readonly selector: IntentSelector;
  /** Node sets as typed, as in the intent itself. */
  readonly on: string;
  readonly exclude?: string;
}

/** Why the last attempt to bring the server in went back to maint. */
export interface GateFailure {
  /** Nodes or instances on which the server did not become green, naturally sorted. */
  readonly red: readonly string[];
  /** One sentence for people: `red on lb7 after 36s (L7STS/503)`. */
  readonly reason: string;
}

interface IntentEnvelope {
  /** The change that made it: `CHG-12`. Kept through all phases; events, plans and pages refer to it. */
  readonly id: string;
  /**
   * The store's revision at which it was accepted. Where two overlap on one server, the higher one wins; so steps of
   * the life cycle leave it alone, or an old intent would come to the top by ending.
   */
  readonly revision: number;
  readonly selector: IntentSelector;
  /** Node set as typed, evaluated at read: `@role:edge` includes nodes enrolled later. */
  readonly on: string;
  /** Node set taken out of `on`, as typed. */
  readonly exclude?: string;
  readonly exceptions?: readonly IntentException[];
  readonly phase: IntentPhase;
  readonly who: string;
  readonly why?: string;
  readonly ticket?: string;
  /** Wall-clock ms, for people only. */
  readonly from: number;
  /** Wall-clock ms, for people only; what ends the intent is `lease`. */
  readonly until?: number;
  readonly lease?: Lease;
}

export interface StateIntent extends IntentEnvelope {
  readonly aspect: 'state';
  readonly want: { readonly state: 'drain' | 'maint' };
  /** After a drain: maint, once no session is left or `afterMs` (leader's monotonic clock) is over. */
  readonly afterDrain?: { readonly state: 'maint'; readonly afterMs?: number };
  /** Set when a gate failed, until the next attempt. */
  readonly failure?: GateFailure;
}

export interface WeightIntent extends IntentEnvelope {
  readonly aspect: 'weight';
  /** 0…256, or a percentage of the file's weight such as `50%`. */
  readonly want: { readonly weight: number | `${number}%` };
}

/** What somebody wants of servers until further notice. Stored as JSON. No intent means hands off. */
export type Intent = StateIntent | WeightIntent;

export type IntentAspect = Intent['aspect'];
