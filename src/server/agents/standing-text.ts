import type { AgentEvent } from '../../api/index.ts';
import type { Standing } from './lineage.ts';

/** What is wrong, and the one command that mends it. */
export const STANDING_TEXTS: Readonly<
  Record<
    Exclude<Standing, 'known'>,
    { readonly code: string; readonly message: string; readonly hint: string }
  >
> = {
  behind: {
    code: 'store-behind',
    message:
      'this store does not know what the node holds: it is an old backup, a clone, or was cut off. Nothing is sent to the node',
    hint: 'stop every other hafleet server of this fleet, then on this one: hafleet store recover',
  },
  unadopted: {
    code: 'unadopted',
    message:
      'the fleet was recovered while this node was away: it keeps its state, and nothing is sent to it',
    hint: 'hafleet node adopt NAME shows what would change, and does it',
  },
  foreign: {
    code: 'other-fleet',
    message: 'the node holds the state of another fleet: it keeps it, and nothing is sent to it',
    hint: 'to move it here: with its agent stopped, empty the agent’s data folder, remove the node, and start the agent',
  },
};

export function standingEvent(standing: Exclude<Standing, 'known'>, at: number): AgentEvent {
  const { code, message, hint } = STANDING_TEXTS[standing];
  return { at, severity: 'critical', code, message: `${message}. Next: ${hint}` };
}
