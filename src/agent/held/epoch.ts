import { epochRecord, type EpochProof, type EpochRecord, type FleetPosition } from '../../api/index.ts';
import { isSigned } from '../../lib/index.ts';
import { isSamePosition } from './position.ts';

export interface EpochQuestion {
  readonly held: FleetPosition | null;
  readonly node: string;
  readonly proof: EpochProof;
  /** Public key of the fleet, given at enrolment; undefined when this node was enrolled without one. */
  readonly fleetKey: string | undefined;
}

export type EpochVerdict =
  | { readonly kind: 'accepted'; readonly position: FleetPosition; readonly message: string }
  /** Nothing new: the epoch is known already, or nothing is held that could be lost. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly code: 'epoch-unproven' | 'unadopted'; readonly message: string };

/**
 * Whether this node follows its fleet into a new epoch. Who starts over must know what this node holds; a node that was
 * off when the fleet was recovered keeps its state and waits to be adopted by name.
 */
export function judgeEpoch({ held, node, proof, fleetKey }: EpochQuestion): EpochVerdict {
  if (held === null) return { kind: 'same' };
  const record = readRecord(proof);
  if (!record || fleetKey === undefined || !isSigned(proof.text, proof.signature, fleetKey))
    return refused(
      'epoch-unproven',
      'a new epoch was refused: its record is not signed with the key of this fleet',
    );
  if (record.fleetId !== held.fleetId || record.epoch <= held.epoch) return { kind: 'same' };
  const listed = record.nodes[node];
  if (!listed || !isSamePosition(listed, held))
    return refused(
      'unadopted',
      `epoch ${record.epoch} began without what this node holds (revision ${held.revision}); it keeps its state until \`hafleet node adopt ${node}\``,
    );
  // Tokens of leaders are counted anew where a store was made anew.
  const { fence: _past, ...known } = held;
  const position = { ...known, epoch: record.epoch, revision: 0 };
  return {
    kind: 'accepted',
    position,
    message: `followed the fleet into epoch ${record.epoch} (${record.kind})`,
  };
}

function readRecord({ text }: EpochProof): EpochRecord | undefined {
  try {
    return epochRecord.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function refused(code: 'epoch-unproven' | 'unadopted', message: string): EpochVerdict {
  return { kind: 'refused', code, message };
}
