import type { WireIntent } from '../../api/index.ts';
import { indexIntents, type IntentIndex, type ServerRef } from '../../model/index.ts';

/** The intents that hold on one instance, and what they want of each server. */
export interface StateIntents extends IntentIndex<WireIntent> {
  /** The state a server is held in; undefined: hands off. */
  stateWanted(server: ServerRef): 'ready' | 'drain' | 'maint' | undefined;
  weightWanted(server: ServerRef): number | undefined;
}

export function stateIntents(intents: readonly WireIntent[], instance: string): StateIntents {
  const index = indexIntents(intents, instance);
  return {
    ...index,
    stateWanted(of) {
      const want = index.winner(of, 'state')?.want;
      return want?.aspect === 'state' ? want.state : undefined;
    },
    weightWanted(of) {
      const want = index.winner(of, 'weight')?.want;
      return want?.aspect === 'weight' ? (want.weight ?? undefined) : undefined;
    },
  };
}
