import { type Decision, type Situation, setState, startGate } from './decision.ts';
import { adminStateOf, hasHealthCheck } from './server-flags.ts';

export function decideMaint(situation: Situation): Decision {
  if (adminStateOf(situation.row) === 'maint') return { status: 'done', asWanted: true, keep: 'maint' };
  return { status: 'applying', asWanted: false, keep: 'maint', operation: setState(situation, 'maint') };
}

/** From maint a drain goes through the gate: clients with a cookie or a stick entry reach a draining server. */
export function decideDrain(situation: Situation): Decision {
  const { row, sessions } = situation;
  const state = adminStateOf(row);
  if (state === 'drain')
    return { status: sessions === 0 ? 'done' : 'draining', asWanted: true, keep: 'drain' };
  const applying = { status: 'applying', asWanted: false, operation: setState(situation, 'drain') } as const;
  if (state === 'ready') return { ...applying, keep: 'drain' };
  if (!hasHealthCheck(row)) return { ...applying, ungated: true, keep: 'maint' };
  return { status: 'gating', asWanted: false, keep: 'maint', operation: startGate(situation) };
}
