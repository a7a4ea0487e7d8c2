import type { FleetPosition } from '../../api/index.ts';

export type RefusalCode =
  | 'fence-lower'
  | 'not-what-i-hold'
  | 'digest-wrong'
  | 'other-fleet'
  | 'unknown-epoch'
  | 'revision-lower'
  | 'revision-forked';

export type Verdict =
  | { readonly kind: 'accepted' }
  /** What is held already. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

/**
 * Whether an agent takes a desired state. A lost store, yesterday's backup, a clone and a leader that was cut off all show in the
 * position, and none of them may undo what the fleet agreed to since.
 * @param digest of the intents as they came
 * @param after what the server says this node holds; undefined from a server that does not say
 */
export function judgePosition(
  held: FleetPosition | null,
  offered: FleetPosition,
  digest: string,
  after?: FleetPosition | null,
): Verdict {
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
  if ((offered.fence ?? 0) < (held.fence ?? 0) && offered.fence !== undefined)
    return refuse(
      'fence-lower',
      `it comes from leader ${offered.fence}; this node has heard leader ${held.fence}`,
    );
  if (offered.revision < held.revision)
    return refuse(
      'revision-lower',
      `it is revision ${offered.revision}; this node holds revision ${held.revision}. Was an old backup restored?`,
    );
  if (offered.revision > held.revision) {
    // A higher number alone proves nothing: a clone, or an old backup that went on, counts up as well.
    if (after === undefined || isSamePosition(after, held)) return { kind: 'accepted' };
    return refuse(
      'not-what-i-hold',
      `it follows on revision ${after?.revision ?? 'none'}, which is not what this node holds (${held.revision})`,
    );
  }
  if (offered.digest === held.digest) return { kind: 'same' };
  return refuse('revision-forked', `it differs from the revision ${held.revision} that this node holds`);
}

export function isSamePosition(a: FleetPosition | null, b: FleetPosition | null): boolean {
  if (a === null || b === null) return a === b;
  return a.fleetId === b.fleetId && a.epoch === b.epoch && a.revision === b.revision && a.digest === b.digest;
}

function refuse(code: RefusalCode, message: string): Verdict {
  return { kind: 'refused', code, message: `a desired state was refused: ${message}` };
}
