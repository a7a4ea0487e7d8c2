import { type Decision, type Situation, setState, startGate } from './decision.ts';
import { adminStateOf, hasHealthCheck, isRunning } from './server-flags.ts';
import type { AdminState } from './types.ts';

/** Everybody enters the gate; nobody is ready before all are green. */
export function decideGating(situation: Situation): Decision {
  const { row } = situation;
  const gateFrom = rememberedGateFrom(situation) ?? adminStateOf(row);
  const base = { asWanted: false, gateFrom, ...keepOf(gateFrom), ...ungatedOf(situation) };
  const gating = { ...base, status: 'gating' } as const;
  const state = adminStateOf(row);
  const mustEnter = state === 'maint' || (state === 'ready' && isReloadedIn(situation, gateFrom));
  if (!hasHealthCheck(row)) return { ...base, status: 'green' };
  if (mustEnter) return { ...gating, operation: startGate(situation) };
  return state === 'drain' && !isRunning(row) ? gating : { ...base, status: 'green' };
}

/** The gate is open. A node that comes late gates its own servers first. */
export function decideEntering(situation: Situation): Decision {
  const { row } = situation;
  const state = adminStateOf(row);
  if (state === 'ready') return { status: 'done', asWanted: true, ...ungatedOf(situation) };
  const gateFrom = rememberedGateFrom(situation) ?? state;
  const base = { asWanted: false, gateFrom, ...keepOf(gateFrom), ...ungatedOf(situation) };
  if (hasHealthCheck(row) && state === 'maint')
    return { ...base, status: 'gating', operation: startGate(situation) };
  if (hasHealthCheck(row) && !isRunning(row)) return { ...base, status: 'gating' };
  return { ...base, status: 'applying', operation: setState(situation, 'ready') };
}

/** The gate failed somewhere: back to where the server was. A server that never entered is left alone. */
export function decideReturning(situation: Situation): Decision {
  const state = adminStateOf(situation.row);
  const gateFrom = rememberedGateFrom(situation) ?? state;
  // Out is out: a maint that somebody set meanwhile is not opened up to a drain.
  const isThere = state === gateFrom || state === 'maint' || gateFrom === 'ready';
  if (isThere) return { status: 'done', asWanted: true, gateFrom, ...keepOf(state) };
  return {
    status: 'applying',
    asWanted: false,
    gateFrom,
    ...keepOf(gateFrom),
    operation: setState(situation, gateFrom),
  };
}

/** Steps of one change carry one id and newer revisions: where it began outlasts them, and a new worker too. */
function rememberedGateFrom({ memory, intent }: Situation): AdminState | undefined {
  return memory?.intent === intent.id ? memory.gateFrom : undefined;
}

/** A reload without a state file put a server into use that was waiting at the gate. */
function isReloadedIn({ memory, worker }: Situation, gateFrom: AdminState): boolean {
  return gateFrom !== 'ready' && memory?.worker !== worker;
}

function keepOf(state: AdminState): { keep?: 'maint' | 'drain' } {
  return state === 'ready' ? {} : { keep: state };
}

function ungatedOf({ row }: Situation): { ungated?: true } {
  return hasHealthCheck(row) ? {} : { ungated: true };
}
