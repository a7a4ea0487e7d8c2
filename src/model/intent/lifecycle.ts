import type { GateFailure, Intent, StateIntent } from './types.ts';

/** What can happen to an intent after it was accepted. `gone` is not an event: see isFulfilled. */
export type IntentEvent =
  /** A person takes the servers back in (or `--default` for a weight), or the leader ended the lease. */
  | { readonly kind: 'end' }
  /** Every reachable instance is green. */
  | { readonly kind: 'gate-open' }
  /** At the deadline some were not. */
  | { readonly kind: 'gate-failed'; readonly failure: GateFailure }
  /** A drain with `afterDrain` has no session left, or its time is over. */
  | { readonly kind: 'drained' };

/**
 * The life cycle, as a pure step. An event that does not fit the phase changes nothing: two people may press the
 * same button, and a leader may repeat itself after a take-over.
 */
export function stepIntent(intent: Intent, event: IntentEvent): Intent {
  switch (event.kind) {
    case 'end':
      return endIntent(intent);
    case 'gate-open':
      return intent.phase === 'gating' ? { ...intent, phase: 'entering' } : intent;
    case 'gate-failed':
      return isGatingState(intent) ? backToMaint(intent, event.failure) : intent;
    case 'drained':
      return isDraining(intent) ? { ...withoutAfterDrain(intent), want: { state: 'maint' } } : intent;
    default:
      return intent;
  }
}

/**
 * Maint is left through the gate, because HAProxy does not check a server in maint and a plain `ready` sends
 * requests to one that may be broken. A drained server was checked all along, and a weight has nothing to test.
 */
function endIntent(intent: Intent): Intent {
  if (intent.phase !== 'holding') return intent;
  if (intent.aspect === 'weight') return { ...intent, phase: 'entering' };
  const { failure: _forgotten, ...rest } = intent;
  return { ...rest, phase: intent.want.state === 'maint' ? 'gating' : 'entering' };
}

/**
 * The lease is spent and does not come back: the server stays out, with the reason, until a person decides. `until`
 * stays, so that it shows as overdue.
 */
function backToMaint(intent: StateIntent, failure: GateFailure): StateIntent {
  const { lease: _spent, ...rest } = intent;
  return { ...rest, phase: 'holding', want: { state: 'maint' }, failure };
}

function withoutAfterDrain(intent: StateIntent): StateIntent {
  const { afterDrain: _done, ...rest } = intent;
  return rest;
}

function isGatingState(intent: Intent): intent is StateIntent {
  return intent.aspect === 'state' && intent.phase === 'gating';
}

function isDraining(intent: Intent): intent is StateIntent {
  return intent.aspect === 'state' && intent.phase === 'holding' && intent.afterDrain !== undefined;
}

/** One server on one instance that an ending intent covers. */
export interface EndingSighting {
  /** Known to the instance at all: a server that vanished needs nothing any more. */
  readonly exists: boolean;
  /** Read back since the intent entered: ready for a state, the file's weight for a weight. */
  readonly readBack: boolean;
}

/**
 * An entering intent is gone when each place has read back. A node that cannot be reached keeps it: it may come
 * back with the server still in maint, and has to be told then.
 */
export function isFulfilled(intent: Intent, places: readonly EndingSighting[]): boolean {
  return intent.phase === 'entering' && places.every(({ exists, readBack }) => readBack || !exists);
}

/** What an instance has to bring about. `gate`: in drain, health forced down, until its operational state is running. */
export type IntentGoal = 'drain' | 'maint' | 'gate' | 'ready';

export function stateGoal({ phase, want }: StateIntent): IntentGoal {
  if (phase === 'holding') return want.state;
  return phase === 'gating' ? 'gate' : 'ready';
}
