import { ADMIN_FLAG, CHECK_FLAG, hasFlag } from './flags.ts';
import type { AdminCause, AdminState, ServerStateFacts } from './types.ts';

export function decodeAdmin(facts: ServerStateFacts): {
  readonly admin: AdminState;
  readonly causes: readonly AdminCause[];
} {
  const maint = maintCauses(facts);
  if (maint.length > 0) return { admin: 'maint', causes: maint };
  const drain = drainCauses(facts);
  return { admin: drain.length > 0 ? 'drain' : 'ready', causes: drain };
}

function maintCauses(facts: ServerStateFacts): AdminCause[] {
  const causes: AdminCause[] = [];
  if (hasFlag(facts.adminFlags, ADMIN_FLAG.forcedMaint)) causes.push(forcedMaintCause(facts));
  if (hasFlag(facts.adminFlags, ADMIN_FLAG.inheritedMaint)) causes.push('inherited');
  if (hasFlag(facts.adminFlags, ADMIN_FLAG.resolutionMaint)) causes.push('resolution');
  return causes;
}

/**
 * The file's maint and a person's are the same bits (5). An intent that wants maint explains it; else the file does,
 * as far as it says `disabled`; else the agent check, which writes the operator's bits; else somebody by hand.
 */
function forcedMaintCause(facts: ServerStateFacts): AdminCause {
  if (facts.intent?.state === 'maint') return 'operator';
  const byFile = hasFlag(facts.adminFlags, ADMIN_FLAG.configMaint) && facts.configDisabled !== false;
  if (byFile) return 'configuration';
  return agentMayForce(facts) ? 'agent' : 'operator';
}

function drainCauses(facts: ServerStateFacts): AdminCause[] {
  const causes: AdminCause[] = [];
  if (hasFlag(facts.adminFlags, ADMIN_FLAG.forcedDrain))
    causes.push(!facts.intent && agentMayForce(facts) ? 'agent' : 'operator');
  if (hasFlag(facts.adminFlags, ADMIN_FLAG.inheritedDrain)) causes.push('inherited');
  return causes;
}

function agentMayForce({ agentState }: ServerStateFacts): boolean {
  return hasFlag(agentState, CHECK_FLAG.enabled);
}
