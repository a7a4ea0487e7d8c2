import { CHECK_FLAG, CHECK_RESULT, hasFlag, LAST_STATUS_WITHOUT_RESULT } from './flags.ts';
import type { AdminState, Health, OperationalState, ServerStateFacts } from './types.ts';

/**
 * The operational state leads, for the check columns lie at two moments: in and just after maint they are from
 * before, and while a check runs the result reads 0.
 */
export function decodeHealth(
  facts: ServerStateFacts,
  admin: AdminState,
  operational: OperationalState,
): Health {
  if (admin === 'maint') return 'unknown';
  if (operational === 'stopped') return isGoingUp(facts) ? 'going-up' : 'down';
  if (facts.tracked === true) return 'up';
  if (!isChecked(facts)) return 'unchecked';
  if (facts.checkStatus <= LAST_STATUS_WITHOUT_RESULT) return 'untested';
  return facts.checkResult === CHECK_RESULT.failed ? 'going-down' : 'up';
}

/** Stopped although the health check passes, and past `rise` where that is known: then only the agent can hold it. */
export function isDownByAgent(
  facts: ServerStateFacts,
  admin: AdminState,
  operational: OperationalState,
): boolean {
  if (admin === 'maint' || operational !== 'stopped' || !isAgentEnabled(facts)) return false;
  if (!isChecked(facts)) return true;
  if (facts.checkResult !== CHECK_RESULT.passed || facts.checkHealth === 0) return false;
  return facts.rise === undefined || facts.checkHealth >= facts.rise;
}

/** Good results in a row, not enough of them yet. With an agent check that could also be the agent's doing. */
function isGoingUp(facts: ServerStateFacts): boolean {
  if (!isChecked(facts) || facts.checkHealth <= 0 || facts.checkResult === CHECK_RESULT.failed) return false;
  if (!isAgentEnabled(facts)) return true;
  return facts.rise !== undefined && facts.checkHealth < facts.rise;
}

function isChecked({ checkState }: ServerStateFacts): boolean {
  return hasFlag(checkState, CHECK_FLAG.enabled);
}

function isAgentEnabled({ agentState }: ServerStateFacts): boolean {
  return hasFlag(agentState, CHECK_FLAG.enabled);
}
