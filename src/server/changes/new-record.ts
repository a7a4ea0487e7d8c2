import { ApiError, type ParsedChangeRequest } from '../../api/index.ts';
import { changeId, type ChangeRecord, type IntentRecord } from '../store/records.ts';
import type { PreparedChange } from './prepare.ts';

export interface RecordParts {
  readonly prepared: PreparedChange;
  readonly number: number;
  readonly who: string;
  readonly nowWallMs: number;
  readonly until: number | undefined;
  readonly removed: IntentRecord[];
  readonly undoes: ChangeRecord | undefined;
}

/** The record of a change that has just been accepted. */
export function newRecord({
  prepared,
  number,
  who,
  nowWallMs,
  until,
  removed,
  undoes,
}: RecordParts): ChangeRecord {
  const { request, targets, plan } = prepared;
  const { kind, on, exclude, instance, weight, reason, ticket, drain, gateMs } = request;
  return {
    number,
    kind,
    state: 'running',
    targets: request.targets,
    servers: targets,
    on,
    who,
    why: reason,
    at: nowWallMs,
    overridden: plan.overridden,
    removed,
    results: [],
    ...defined({ exclude, instance, weight, ticket, drain, gateMs, until }),
    ...(undoes ? { undoes: changeId(undoes.number) } : {}),
  };
}

/** Intents of an older change, holding again as those of change `number`. */
export function restoredIntents(intents: readonly IntentRecord[], number: number): IntentRecord[] {
  const change = changeId(number);
  return intents.map((intent) => ({
    ...intent,
    change,
    order: number,
    id: intent.id.replace(/^[^:]*/, change),
    phase: 'holding',
  }));
}

/** When a timed change ends, as a wall time; undefined when it has no end. */
export function leaseEnd({ kind, forMs, until }: ParsedChangeRequest, nowWallMs: number): number | undefined {
  const end = forMs === undefined ? until : nowWallMs + forMs;
  if (end === undefined) return undefined;
  if (kind === 'enable' || kind === 'kill-sessions')
    throw new ApiError('bad-duration', `${kind} has no end to wait for`, {
      hint: 'leave out --for and --until',
    });
  if (end <= nowWallMs)
    throw new ApiError('bad-duration', 'the end lies in the past', { hint: 'give a later --until' });
  return end;
}

/** Without the fields that are undefined: JSON would drop them anyway, and the types say they may be missing. */
export function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
