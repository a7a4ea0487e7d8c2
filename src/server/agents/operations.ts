import { randomUUID } from 'node:crypto';
import type { AgentMessage, WireOperation } from '../../api/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';

export interface OperationOutcome {
  readonly ok: boolean;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Of `doctor`. */
  readonly findings?: Result['findings'];
  /** The agent’s wall clock as it answered. */
  readonly at?: number | undefined;
}

type Result = Extract<AgentMessage, { type: 'operation-result' }>;

/** An agent that has not answered a one-off operation by then: unknown, never done. */
const OPERATION_TIMEOUT_MS = 10_000;

/** Sends one-off operations and matches their answers. */
export function createOperations(view: FleetView) {
  const open = new Map<string, (outcome: OperationOutcome) => void>();
  return {
    run(node: string, operation: WireOperation): Promise<OperationOutcome> {
      const link = view.node(node).link;
      if (!link)
        return Promise.resolve({
          ok: false,
          code: 'node-unreachable',
          message: 'the agent is not connected',
        });
      const id = randomUUID();
      return new Promise((resolve) => {
        const settle = (outcome: OperationOutcome) => {
          clearTimeout(timer);
          open.delete(id);
          resolve(outcome);
        };
        const unknown = {
          ok: false,
          code: 'timed-out',
          message: 'the agent did not answer: unknown whether it was done',
        };
        const timer = setTimeout(() => settle(unknown), OPERATION_TIMEOUT_MS);
        open.set(id, settle);
        link.send({ type: 'operation', id, operation });
      });
    },
    settle({ id, ok, code, message, findings, at }: Result): void {
      open.get(id)?.({ ok, code, message, findings, at });
    },
  };
}
