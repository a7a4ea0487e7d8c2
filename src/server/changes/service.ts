import {
  ApiError,
  changeRequest,
  type Change,
  type ChangePlan,
  type ChangeRequest,
  type ParsedChangeRequest,
} from '../../api/index.ts';
import type { Clock } from '../../lib/index.ts';
import { coversIntent } from '../../model/index.ts';
import type { Op, Store } from '../../store/index.ts';
import type { Hub } from '../agents/hub.ts';
import type { Principal } from '../auth/authenticate.ts';
import { KEYS } from '../store/keys.ts';
import {
  changeId,
  changeNumber,
  changeRecord,
  type ChangeRecord,
  type IntentRecord,
} from '../store/records.ts';
import type { ChangeController } from './controller.ts';
import { putIntent, removeIntent } from './intent-ops.ts';
import { isEnding, newIntents } from './intents.ts';
import { killSessions } from './kill-sessions.ts';
import { leaseEnd, newRecord, restoredIntents } from './new-record.ts';
import type { ChangeObserver } from './observer.ts';
import { prepareChange, type PreparedChange, type PrepareParts } from './prepare.ts';
import { guardRefused, nothingToRetry, requireLeading, unknownChange } from './refusals.ts';
import { asRequest, planUndo, type UndoOptions } from './undo.ts';
import { requireReach } from './within-scope.ts';

export interface ChangeServiceParts extends PrepareParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly hub: Pick<Hub, 'run'>;
  readonly controller: ChangeController;
  readonly observer: Pick<ChangeObserver, 'accepted' | 'refused'>;
}

export interface Accepted {
  readonly change: Change | null;
  readonly plan: ChangePlan;
}

export interface AcceptOptions {
  readonly who: string;
  /** Whose token it is; none for what the server does by itself. */
  readonly principal?: Principal;
  /** The change that this one takes back. */
  readonly undoes?: ChangeRecord;
  /** Intents to put instead of the request's own: what an undo restores. */
  readonly restores?: readonly IntentRecord[];
}

/**
 * Accepts changes: reads what was meant, asks the guards, writes intents and record in one transaction. Changes are
 * accepted one after another, so that each is judged with all before it counted.
 */
export class ChangeService {
  readonly #parts: ChangeServiceParts;
  #last: Promise<unknown> = Promise.resolve();
  #onRetry: (change: string) => void = () => undefined;

  constructor(parts: ChangeServiceParts) {
    this.#parts = parts;
  }

  /** Somebody stands by a change: what waited for a confirmation has it. */
  onRetry(listener: (change: string) => void): void {
    this.#onRetry = listener;
  }

  async accept(wanted: ChangeRequest, options: AcceptOptions): Promise<Accepted> {
    const request = changeRequest.parse(wanted);
    const accepted = await this.#alone(() => this.#accept(request, options));
    if (accepted.change && request.waitMs > 0) return this.#settle(accepted, request.waitMs);
    return accepted;
  }

  /** Says the same again to every agent: what failed is tried, what was undone by hand is done again. */
  async retry(id: string, principal: Principal, waitMs: number): Promise<Accepted> {
    const record = await this.#recordFor(id, principal);
    const intents = this.#parts.controller.intentsOf(record);
    this.#onRetry(changeId(record.number));
    if (intents.length > 0) return this.#settle(await this.#putAgain(record, intents), waitMs);
    if (record.state !== 'failed') throw nothingToRetry(record);
    return this.accept({ ...asRequest(record), waitMs }, { who: principal.name, principal });
  }

  /** Takes a change back: what it replaced holds again, or the servers come in through the gate. */
  async undo(id: string, principal: Principal, options: UndoOptions): Promise<Accepted> {
    const record = await this.#recordFor(id, principal);
    const intents = this.#parts.controller.intentsOf(record);
    const undo = planUndo(record, intents, options);
    if (undo.kind === 'accept') {
      const restores = undo.restores ? { restores: undo.restores } : {};
      return this.accept(undo.request, { who: principal.name, principal, undoes: record, ...restores });
    }
    const notes = ['the servers go back to where they were before'];
    if (options.dryRun) return { change: null, plan: { ...EMPTY_PLAN, notes } };
    const back = intents.map((intent) => ({ ...intent, phase: 'returning' as const }));
    return this.#settle(await this.#putAgain(record, back), options.waitMs);
  }

  async #putAgain(record: ChangeRecord, intents: readonly IntentRecord[]): Promise<Accepted> {
    const { revision } = await this.#parts.store.txn({ success: intents.map(putIntent) });
    await this.#parts.intents.until(revision);
    return { change: this.#parts.controller.track(record), plan: EMPTY_PLAN };
  }

  async #recordFor(id: string, principal: Principal): Promise<ChangeRecord> {
    requireLeading(this.#parts.view);
    const record = await this.#record(id);
    requireReach(record, this.#parts.view, principal);
    return record;
  }

  async #settle(accepted: Accepted, waitMs: number): Promise<Accepted> {
    const number = accepted.change ? changeNumber(accepted.change.id) : undefined;
    if (number === undefined) return accepted;
    await this.#parts.controller.settled(number, waitMs);
    return { ...accepted, change: (await this.#parts.controller.show(number)) ?? accepted.change };
  }

  /** One after another; a refused one does not stop the next. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #accept(request: ParsedChangeRequest, options: AcceptOptions): Promise<Accepted> {
    requireLeading(this.#parts.view);
    const prepared = prepareChange(request, options.principal, this.#parts);
    const { plan } = prepared;
    if (request.dryRun) return { change: null, plan };
    if (plan.refusals.length > 0) {
      const guards = plan.refusals.map(({ guard }) => guard);
      this.#parts.observer.refused({ kind: request.kind, who: options.who, guards });
      throw guardRefused(plan);
    }
    if (prepared.isAlreadySo && !options.restores)
      return { change: null, plan: { ...plan, notes: [...plan.notes, 'already so'] } };
    const change = await this.#write(prepared, options);
    return { change, plan };
  }

  async #write(prepared: PreparedChange, { who, undoes, restores }: AcceptOptions): Promise<Change> {
    const { store, clock, controller } = this.#parts;
    const counter = (await store.range({ key: KEYS.changeCounter })).entries[0];
    const number = Number(counter?.value ?? 0) + 1;
    const nowWallMs = clock.wallMs();
    const until = leaseEnd(prepared.request, nowWallMs);
    const fresh = newIntents({ ...prepared, number, who, nowWallMs, until });
    const intents = restores ? restoredIntents(restores, number) : fresh;
    const removed = this.#replacedBy(intents);
    const record = newRecord({ prepared, number, who, nowWallMs, until, removed, undoes });
    const ops: Op[] = [
      { type: 'put', key: KEYS.changeCounter, value: String(number) },
      { type: 'put', key: KEYS.change(number), value: JSON.stringify(record) },
      ...intents.map(putIntent),
      ...removed.map(({ id }) => removeIntent(id)),
      ...(undoes ? [undoneOp(undoes, number)] : []),
    ];
    const unchanged = {
      key: KEYS.changeCounter,
      target: 'modRevision',
      op: '=',
      value: counter?.modRevision ?? 0,
    } as const;
    const { succeeded, revision } = await store.txn({ compare: [unchanged], success: ops });
    if (!succeeded)
      throw new ApiError('conflict', 'another server accepted a change at the same moment', {
        retryable: true,
        hint: 'say it again',
      });
    await this.#parts.intents.until(revision);
    if (undoes) controller.amend(undoes.number, { undoneBy: changeId(number) });
    this.#parts.observer.accepted(record);
    const change = controller.track(record);
    if (record.kind === 'kill-sessions') void this.#kill(record, prepared);
    return change;
  }

  /** Older intents that the new ones mean as well, as a whole. An `enable` leaves holds standing until it is through. */
  #replacedBy(intents: readonly IntentRecord[]): IntentRecord[] {
    return [...this.#parts.intents.entries.values()]
      .map(({ value }) => value)
      .filter((older) =>
        intents.some((newer) => coversIntent(newer, older) && (!isEnding(newer) || isEnding(older))),
      );
  }

  async #kill(record: ChangeRecord, { targets, places, request }: PreparedChange): Promise<void> {
    const on = [...new Set(places.map(({ instance }) => instance))].map((text) => {
      const [node = '', instance = ''] = text.split('/');
      return { node, instance };
    });
    const meanings = targets.map((target) => ({ ...target, instance: request.instance ?? '*' }));
    const results = await killSessions(this.#parts, meanings, on);
    await this.#parts.controller.finishOneOff(record.number, results);
  }

  async #record(id: string): Promise<ChangeRecord> {
    const number = changeNumber(id);
    const known = number === undefined ? undefined : this.#parts.controller.recordOf(number);
    if (known) return known;
    const entry =
      number === undefined
        ? undefined
        : (await this.#parts.store.range({ key: KEYS.change(number) })).entries[0];
    if (!entry) throw unknownChange(id);
    return changeRecord.parse(JSON.parse(entry.value));
  }
}

function undoneOp(record: ChangeRecord, by: number): Op {
  const undone: ChangeRecord = { ...record, undoneBy: changeId(by) };
  return { type: 'put', key: KEYS.change(record.number), value: JSON.stringify(undone) };
}

const EMPTY_PLAN: ChangePlan = {
  transitions: [],
  effects: [],
  sessions: 0,
  skipped: [],
  pending: [],
  refusals: [],
  overridden: [],
  notes: [],
};
