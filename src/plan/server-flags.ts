import type { AdminState, ServerRow } from './types.ts';

/** Bits of `srv_admin_state`. */
const FORCED_MAINT = 1;
const INHERITED_MAINT = 2;
const FORCED_DRAIN = 8;
const UNRESOLVED = 32;
const HOSTNAME_MAINT = 64;

/** Bits of `srv_check_state` and `srv_agent_state`. */
const CONFIGURED_AND_ENABLED = 2 | 4;

const STOPPED = 0;
const RUNNING = 2;

/**
 * What was set. Bit 4 (disabled in haproxy.cfg) stays after a `ready`, and bits 2, 32 and 64 are the doing of a tracked server or of
 * name resolution: none of them tells what an operator set.
 */
export function adminStateOf({ adminFlags }: Pick<ServerRow, 'adminFlags'>): AdminState {
  if (adminFlags & FORCED_MAINT) return 'maint';
  return adminFlags & FORCED_DRAIN ? 'drain' : 'ready';
}

/**
 * Whether a health check can prove it. `set server … health down` does not tell: 2.6, 3.0 and 3.2 accept it without a check, and the
 * server then stays DOWN for ever (only a tracking server refuses).
 */
export function hasHealthCheck({ checkState }: Pick<ServerRow, 'checkState'>): boolean {
  return (checkState & CONFIGURED_AND_ENABLED) === CONFIGURED_AND_ENABLED;
}

export function hasAgentCheck({ agentState }: Pick<ServerRow, 'agentState'>): boolean {
  return (agentState & CONFIGURED_AND_ENABLED) === CONFIGURED_AND_ENABLED;
}

/** The operational state, not the check's text: that one is from before the gate. */
export function isRunning({ operationalState }: Pick<ServerRow, 'operationalState'>): boolean {
  return operationalState === RUNNING;
}

export function isStopped({ operationalState }: Pick<ServerRow, 'operationalState'>): boolean {
  return operationalState === STOPPED;
}

/** Out for a reason that HAProxy works out again by itself after a reload. */
export function isInherited({ adminFlags }: Pick<ServerRow, 'adminFlags'>): boolean {
  return (adminFlags & (INHERITED_MAINT | UNRESOLVED | HOSTNAME_MAINT)) !== 0;
}
