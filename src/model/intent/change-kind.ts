import type { IntentPhase, IntentWant } from './types.ts';

/** What an operator can ask for. A lasting want, all but `kill-sessions`. */
export type ChangeKind = 'disable' | 'drain' | 'enable' | 'weight' | 'kill-sessions';

/** What a kind of change wants, and the phase its intents begin in; undefined for a one-off. A weight of null is given back. */
export function firstStep(
  kind: ChangeKind,
  weight: number | null,
): { readonly want: IntentWant; readonly phase: IntentPhase } | undefined {
  switch (kind) {
    case 'disable':
      return { want: { aspect: 'state', state: 'maint' }, phase: 'holding' };
    case 'drain':
      return { want: { aspect: 'state', state: 'drain' }, phase: 'holding' };
    case 'enable':
      return { want: { aspect: 'state', state: 'ready' }, phase: 'gating' };
    case 'weight':
      return { want: { aspect: 'weight', weight }, phase: weight === null ? 'entering' : 'holding' };
    case 'kill-sessions':
      return undefined;
  }
}

/** Where a change leads, in the words of a preview. `weight`: the one that will hold, as far as it is known. */
export function goalText(kind: ChangeKind, weight: number | undefined): string {
  switch (kind) {
    case 'disable':
      return 'MAINT';
    case 'drain':
      return 'DRAIN';
    case 'enable':
      return 'UP, behind green checks';
    case 'weight':
      return `weight ${weight ?? 'of haproxy.cfg'}`;
    case 'kill-sessions':
      return 'no sessions';
  }
}
