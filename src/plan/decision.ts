import { type Operation, targetOf } from './operation.ts';
import type { AdminState, AspectMemory, ServerIntent, ServerRow } from './types.ts';

/** What one intent means for one server now. */
export interface Decision {
  readonly status: 'done' | 'gating' | 'green' | 'draining' | 'applying';
  /** The row is as the intent wants it for good; if it differs later on this worker, somebody did that by hand. */
  readonly asWanted: boolean;
  readonly operation?: Operation;
  readonly gateFrom?: AdminState;
  readonly ungated?: boolean;
  /** What a reload must bring back; absent: haproxy.cfg and health alone tell. */
  readonly keep?: 'maint' | 'drain';
}

/** One server, the intent that holds it, and what the agent remembers of it. */
export interface Situation {
  readonly row: ServerRow;
  readonly intent: ServerIntent;
  readonly memory: AspectMemory | undefined;
  readonly worker: string;
  /** undefined where nobody counted them yet. */
  readonly sessions: number | undefined;
}

export function setState({ row, intent }: Situation, state: AdminState): Operation {
  return { kind: 'set-state', ...targetOf(row, intent.id), state };
}

export function startGate({ row, intent }: Situation): Operation {
  return { kind: 'start-gate', ...targetOf(row, intent.id) };
}
