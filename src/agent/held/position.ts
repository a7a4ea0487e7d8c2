import type { FleetPosition } from '../../api/index.ts';

export type RefusalCode =
  'digest-wrong' | 'other-fleet' | 'unknown-epoch' | 'revision-lower' | 'revision-forked';

export type Verdict =
  | { readonly kind: 'accepted' }
  /** What is held already. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

/**
 * Whether an agent takes a desired state. A lost store, yesterday's backup, a clone and a leader that was cut off all show in the
 * position, and none of them may undo what the fleet agreed to since.
 * @param digest of the intents as they came
 */
export function judgePosition(held: FleetPosition | null, offered: FleetPosition, digest: string): Verdict {
  if (digest !== offered.digest)
    return refuse(
      'digest-wrong',
      `its intents do not have the digest it names (revision ${offered.revision})`,
    );
  if (held === null) return { kind: 'accepted' };
  if (offered.fleetId !== held.fleetId)
    return refuse('other-fleet', `it is of fleet ${offered.fleetId}; this node belongs to ${held.fleetId}`);
  if (offered.epoch !== held.epoch)
    return refuse('unknown-epoch', `it is of epoch ${offered.epoch}; this node knows epoch ${held.epoch}`);
  if (offered.revision < held.revision)
    return refuse(
      'revision-lower',
      `it is revision ${offered.revision}; this node holds revision ${held.revision}. Was an old backup restored?`,
    );
  if (offered.revision > held.revision) return { kind: 'accepted' };
  if (offered.digest === held.digest) return { kind: 'same' };
  return refuse('revision-forked', `it differs from the revision ${held.revision} that this node holds`);
}

function refuse(code: RefusalCode, message: string): Verdict {
  return { kind: 'refused', code, message: `a desired state was refused: ${message}` };
}
