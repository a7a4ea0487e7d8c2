import type { Decision, Situation } from './decision.ts';
import { decideDrain, decideMaint } from './decide-out.ts';
import { decideEntering, decideGating, decideReturning } from './decide-ready.ts';
import { targetOf } from './operation.ts';

/** What the intent means for this server now, limits and failures aside. */
export function decide(situation: Situation): Decision {
  const { want } = situation.intent;
  if (want.aspect === 'weight') return decideWeight(situation, want.weight);
  if (want.state === 'maint') return decideMaint(situation);
  if (want.state === 'drain') return decideDrain(situation);
  const { phase } = situation.intent;
  if (phase === 'gating') return decideGating(situation);
  return phase === 'returning' ? decideReturning(situation) : decideEntering(situation);
}

/** null gives back what haproxy.cfg says; HAProxy keeps that beside the weight. */
function decideWeight({ row, intent }: Situation, wanted: number | null): Decision {
  const weight = wanted ?? row.initialWeight;
  if (row.userWeight === weight) return { status: 'done', asWanted: true };
  return {
    status: 'applying',
    asWanted: false,
    operation: { kind: 'set-weight', ...targetOf(row, intent.id), weight },
  };
}
