import type { ChangeRequest } from '../../api/index.ts';
import { coversIntent, type GuardName } from '../../model/index.ts';
import { changeId, type ChangeRecord, type IntentRecord } from '../store/records.ts';
import { defined } from './new-record.ts';
import { nothingToUndo } from './refusals.ts';

export interface UndoOptions {
  readonly reason: string;
  readonly waitMs: number;
  readonly dryRun: boolean;
  readonly overrides: GuardName[];
}

/**
 * How a change is taken back.
 * - `stop-gate`: an `enable` under way goes back to where the servers were
 * - `accept`: a change of its own; `restores` are the intents that hold again, else the request speaks for itself
 */
export type Undo =
  | { readonly kind: 'stop-gate' }
  | { readonly kind: 'accept'; readonly request: ChangeRequest; readonly restores?: readonly IntentRecord[] };

/** Decides from the record and from what of it still holds. Throws `nothing-to-undo`. */
export function planUndo(record: ChangeRecord, intents: readonly IntentRecord[], options: UndoOptions): Undo {
  const { kind, removed, undoneBy } = record;
  if (undoneBy !== undefined) throw nothingToUndo(record, `${undoneBy} has undone it already`);
  if (kind === 'kill-sessions') throw nothingToUndo(record, 'sessions that were shut down are gone');
  if (kind === 'enable' && intents.length > 0) return { kind: 'stop-gate' };
  const common = undoRequest(record, options);
  if (removed.length > 0)
    return { kind: 'accept', request: restoring(common, removed), restores: whole(record, intents) };
  if (intents.length === 0) throw nothingToUndo(record, 'it holds nothing any more');
  const back: ChangeRequest = kind === 'weight' ? { ...common, weight: null } : { ...common, kind: 'enable' };
  return { kind: 'accept', request: back };
}

/** The same change, to be asked for once more. */
export function asRequest(record: ChangeRecord): ChangeRequest {
  const { kind, servers, on, exclude, instance, weight, why, ticket, gateMs } = record;
  return {
    kind,
    targets: servers.map(({ backend, server }) => `${backend}/${server}`),
    on,
    reason: why,
    ...defined({ exclude, instance, weight, ticket, gateMs }),
  };
}

function undoRequest(
  record: ChangeRecord,
  { reason, waitMs, dryRun, overrides }: UndoOptions,
): ChangeRequest {
  const why = reason === '' ? `undo of ${changeId(record.number)}` : reason;
  return { ...asRequest(record), reason: why, waitMs, dryRun, overrides };
}

/** What it replaced holds again. Where that was less than what it holds now, the rest would be left out for ever. */
function whole(record: ChangeRecord, intents: readonly IntentRecord[]): readonly IntentRecord[] {
  const isCovered = (intent: IntentRecord) => record.removed.some((older) => coversIntent(older, intent));
  if (intents.every(isCovered)) return record.removed;
  throw nothingToUndo(
    record,
    'it replaced a part of what it holds; enable what is to come in, and disable what is to stay out',
  );
}

/** The request that describes what undoing brings back; the intents themselves are the old ones. */
function restoring(common: ChangeRequest, removed: readonly IntentRecord[]): ChangeRequest {
  const want = removed[0]?.want;
  const targets = removed.map(({ backend, server }) => `${backend}/${server}`);
  if (want?.aspect === 'weight') return { ...common, targets, kind: 'weight', weight: want.weight };
  return { ...common, targets, kind: want?.state === 'drain' ? 'drain' : 'disable' };
}
