import type { EpochProof } from '../../api/index.ts';
import type { Journal } from '../instance/journal.ts';
import type { Desired } from '../link/messages.ts';
import { judgeEpoch } from './epoch.ts';
import type { Held } from './held.ts';
import { judgePosition } from './position.ts';

export interface FollowParts {
  readonly held: Held;
  readonly node: string;
  readonly journal: Pick<Journal, 'event'>;
  /** Public key of the fleet, as told at enrolment. */
  readonly fleetKey: () => string | undefined;
}

/** Takes what servers say of the fleet, or refuses it with an event. What was taken counts from the next `persist`. */
export interface Follow {
  /** True when it was taken. */
  desired(message: Desired): boolean;
  /** A new epoch begins for this node only with a record, signed with the fleet's key, of what this very node holds. */
  epoch(proof: EpochProof): boolean;
}

export function createFollow({ held, node, journal, fleetKey }: FollowParts): Follow {
  return {
    desired({ position, intents, unknown, digest, after }) {
      const verdict = judgePosition(held.position, position, digest, after);
      if (verdict.kind === 'same') return false;
      if (verdict.kind === 'refused') {
        journal.event('warning', verdict.code, verdict.message);
        return false;
      }
      if (unknown.length > 0) journal.event('warning', 'intent-unknown', unknownText(unknown));
      held.accept(position, intents);
      return true;
    },
    epoch(proof) {
      const verdict = judgeEpoch({ held: held.position, node, proof, fleetKey: fleetKey() });
      if (verdict.kind === 'same') return false;
      if (verdict.kind === 'refused') {
        journal.event('warning', verdict.code, verdict.message);
        return false;
      }
      held.accept(verdict.position, held.intents);
      journal.event('info', 'epoch-begun', verdict.message);
      return true;
    },
  };
}

function unknownText(unknown: readonly string[]): string {
  return `this agent does nothing for ${unknown.length} of the intents, which it cannot read or which mean nothing: ${unknown.slice(0, 5).join(', ')}`;
}
