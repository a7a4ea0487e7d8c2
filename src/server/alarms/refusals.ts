import type { AgentEvent, FleetPosition } from '../../api/index.ts';

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** The codes with which an agent refuses what is wanted of it, by its own rules. */
const REFUSALS: ReadonlySet<string> = new Set([
  'not-what-i-hold',
  'digest-wrong',
  'other-fleet',
  'unknown-epoch',
  'revision-lower',
  'revision-forked',
  'epoch-unproven',
]);

export interface RefusalParts {
  /** What a node holds, and what it should. */
  readonly holds: (node: string) => FleetPosition | null;
  readonly wanted: (node: string) => Pick<FleetPosition, 'epoch' | 'revision'>;
}

/** Which agents do not take what is wanted of them: as their events say, until they hold it. */
export interface Refusals {
  note(node: string, event: AgentEvent): void;
  of(node: string): Refusal | undefined;
}

export function createRefusals({ holds, wanted }: RefusalParts): Refusals {
  const open = new Map<string, Refusal>();
  return {
    note(node, { code, message }) {
      if (REFUSALS.has(code)) open.set(node, { code, message });
    },
    of(node) {
      const refusal = open.get(node);
      if (!refusal) return undefined;
      const [held, due] = [holds(node), wanted(node)];
      const isLevel = held !== null && held.epoch === due.epoch && held.revision === due.revision;
      if (isLevel) open.delete(node);
      return isLevel ? undefined : refusal;
    },
  };
}
