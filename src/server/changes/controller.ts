import { isDeepStrictEqual } from 'node:util';
import type { Change, InstanceResult } from '../../api/index.ts';
import { errorText, type Clock, type Logger } from '../../lib/index.ts';
import type { Op, Store } from '../../store/index.ts';
import type { Hub } from '../agents/hub.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';
import type { Mirror } from '../store/mirror.ts';
import {
  changeId,
  changeRecord,
  type ChangeRecord,
  type IntentRecord,
  type StoredIntent,
} from '../store/records.ts';
import { decideChange, type ChangeSituation, type Decision } from './decide.ts';
import { endOlder } from './end-older.ts';
import { putIntent, removeIntent } from './intent-ops.ts';
import { isRed, oneOffVerdict, progressOf } from './told.ts';
import { gateDeadlineMs } from './gate-deadline.ts';
import { killSessions } from './kill-sessions.ts';
import type { ChangeObserver } from './observer.ts';
import { instanceResults } from './progress.ts';
import { awaitedNodes, standingsFor } from './standings.ts';
import { changeView, type ChangeProgress } from './view.ts';

/** How often deadlines are looked at; everything else is told by reports. */
const TICK_MS = 200;

interface Open {
  record: ChangeRecord;
  /** Names the phase the intents are in; a new one starts the clock again. */
  phase: string;
  phaseSince: number;
  /** A decision of this change is being written. */
  busy: boolean;
  view: Change;
  waiters: Set<() => void>;
}

export interface ControllerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly view: FleetView;
  readonly hub: Pick<Hub, 'run'>;
  readonly intents: Mirror<IntentRecord>;
  readonly observer: Pick<ChangeObserver, 'moved'>;
}

/**
 * Drives every change that is not over: reads how its instances stand, asks `decideChange`, and does what it says, one
 * store transaction a step. Holds nothing that a restart may lose but the start of the present phase.
 */
export class ChangeController {
  readonly #parts: ControllerParts;
  readonly #open = new Map<number, Open>();
  readonly #startedMs: number;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #isStopped = false;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonicMs();
  }

  /** Takes up what was under way: changes that still have intents, and those that never got to everybody. */
  async start(): Promise<void> {
    const { entries } = await this.#parts.store.range({ prefix: PREFIXES.changes });
    for (const { value } of entries) {
      const record = changeRecord.parse(JSON.parse(value));
      if (record.kind === 'kill-sessions' && record.state === 'running') await this.#endUnheard(record);
      else if (isUnfinished(record) || this.intentsOf(record).length > 0) this.track(record);
    }
    this.#timer = setInterval(() => this.evaluateAll(), TICK_MS);
  }

  /** A one-off that was under way when its server died: nobody is left who would hear the answers. */
  async #endUnheard(record: ChangeRecord): Promise<void> {
    const message = 'the hafleet server stopped before the answers came: unknown whether it was done';
    const ended: ChangeRecord = { ...record, state: 'failed', message, endedAt: this.#parts.clock.wallMs() };
    const put = { type: 'put', key: KEYS.change(record.number), value: JSON.stringify(ended) } as const;
    await this.#parts.store.txn({ success: [put] });
  }

  /** Nothing is written any more: the store is about to close. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  /** Something that bears on changes has happened; several in one turn of the event loop are looked at once. */
  poke(): void {
    if (this.#scheduled || this.#isStopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.evaluateAll();
    });
  }

  track(record: ChangeRecord): Change {
    const progress = { state: record.state, step: 'accepted', results: record.results };
    const intents = this.intentsOf(record);
    const view = { ...changeView(record, intents, progress, this.#parts.clock.wallMs()), version: 1 };
    const open: Open = { record, phase: '', phaseSince: 0, busy: false, view, waiters: new Set() };
    this.#open.set(record.number, open);
    this.#evaluate(open);
    return open.view;
  }

  intentsOf({ number }: Pick<ChangeRecord, 'number'>): StoredIntent[] {
    const id = changeId(number);
    return [...this.#parts.intents.entries.values()]
      .filter(({ value }) => value.change === id)
      .map(({ value, revision }) => ({ ...value, revision }));
  }

  /** The change as it stands, from memory while it is open, else as it was stored at its end. */
  async show(number: number): Promise<Change | undefined> {
    const open = this.#open.get(number);
    if (open) return open.view;
    const entry = (await this.#parts.store.range({ key: KEYS.change(number) })).entries[0];
    return entry && this.viewOfStored(changeRecord.parse(JSON.parse(entry.value)));
  }

  viewOfStored(record: ChangeRecord): Change {
    const open = this.#open.get(record.number);
    if (open) return open.view;
    const progress = { state: record.state, step: record.state, results: record.results };
    return { ...changeView(record, [], progress, this.#parts.clock.wallMs()), version: 0 };
  }

  /** Something of the record was written by others; what is open here must not write the old text over it. */
  amend(number: number, about: Partial<ChangeRecord>): void {
    const open = this.#open.get(number);
    if (open) open.record = { ...open.record, ...about };
  }

  recordOf(number: number): ChangeRecord | undefined {
    return this.#open.get(number)?.record;
  }

  /** Resolves when the change's version is no longer `seen`, it is no longer open, or the time is over. */
  async waitFor(number: number, seen: number, waitMs: number): Promise<void> {
    const open = this.#open.get(number);
    if (!open || open.view.version !== seen || waitMs <= 0) return;
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        open.waiters.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, waitMs);
      open.waiters.add(finish);
    });
  }

  /** Resolves when the change has settled (anything but running) or the time is over. */
  async settled(number: number, waitMs: number): Promise<void> {
    const end = this.#parts.clock.monotonicMs() + waitMs;
    for (;;) {
      const open = this.#open.get(number);
      const left = end - this.#parts.clock.monotonicMs();
      if (!open || open.view.state !== 'running' || left <= 0) return;
      await this.waitFor(number, open.view.version, left);
    }
  }

  /** A one-off has been carried out on every instance; its results are all there will be. */
  async finishOneOff(number: number, results: readonly InstanceResult[]): Promise<void> {
    const open = this.#open.get(number);
    if (!open) return;
    const { state, step } = oneOffVerdict(results);
    // Nobody waits for this call: what it threw, when the store is full or this server stops meanwhile, would end the program.
    await this.#save(open, { state, results: [...results], endedAt: this.#parts.clock.wallMs() }).catch(
      (cause: unknown) => {
        if (!this.#isStopped)
          this.#parts.log.error({ err: cause, number }, 'the end of a change was not recorded');
      },
    );
    this.#show(open, [], { state, step, results });
    this.#close(open);
  }

  evaluateAll(): void {
    if (this.#isStopped) return;
    for (const open of this.#open.values()) this.#evaluate(open);
  }

  #evaluate(open: Open): void {
    if (open.busy) return;
    const { record } = open;
    const intents = this.intentsOf(record);
    if (intents.length === 0) return void this.#withoutIntents(open);
    const situation = this.#situation(open, intents);
    const decision = decideChange(situation);
    if (decision.do === 'wait' && decision.isBlind && record.state !== 'running') return;
    this.#show(open, intents, progressOf(decision, situation));
    if (decision.do === 'wait' || (decision.do === 'rest' && decision.state === record.state)) return;
    this.#carryOut(open, intents, decision, situation);
  }

  #situation(open: Open, intents: readonly StoredIntent[]): ChangeSituation {
    const [first] = intents;
    if (!first) throw new Error('a change without intents has no situation');
    const phase = `${JSON.stringify(first.want)}/${first.phase}/${Math.max(...intents.map(({ revision }) => revision))}`;
    const now = this.#parts.clock.monotonicMs();
    if (open.phase !== phase) Object.assign(open, { phase, phaseSince: now });
    return {
      kind: open.record.kind,
      drain: open.record.drain,
      want: first.want,
      phase: first.phase,
      results: instanceResults(intents, standingsFor(this.#parts.view, intents)),
      awaited: awaitedNodes(this.#parts.view, intents),
      upMs: now - this.#startedMs,
      elapsedMs: now - open.phaseSince,
      // Asked at every report, and of no use to a change without a gate.
      gateMs: first.phase === 'holding' ? 0 : this.#gateMs(open, intents),
    };
  }

  #gateMs({ record }: Open, intents: readonly StoredIntent[]): number {
    return record.gateMs ?? gateDeadlineMs(this.#parts.view, intents);
  }

  /** Its intents were taken over by a newer change, or a one-off has none: what was last seen is what stays. */
  async #withoutIntents(open: Open): Promise<void> {
    if (open.record.kind === 'kill-sessions' && open.record.state === 'running') return;
    if (!isUnfinished(open.record)) return this.#close(open);
    open.busy = true;
    await this.#save(open, { state: 'superseded', endedAt: this.#parts.clock.wallMs() }).catch(
      () => undefined,
    );
    this.#show(open, [], {
      state: 'superseded',
      step: 'a newer change took its place',
      results: open.record.results,
    });
    this.#close(open);
  }

  #close(open: Open): void {
    this.#open.delete(open.record.number);
    for (const done of open.waiters) done();
  }

  #show(open: Open, intents: readonly StoredIntent[], progress: ChangeProgress): void {
    const fresh = changeView(open.record, intents, progress, this.#parts.clock.wallMs());
    const { version, ...known } = open.view;
    if (isDeepStrictEqual(fresh, known)) return;
    open.view = { ...fresh, version: version + 1 };
    for (const done of open.waiters) done();
  }

  #carryOut(
    open: Open,
    intents: readonly StoredIntent[],
    decision: Decision,
    situation: ChangeSituation,
  ): void {
    open.busy = true;
    this.#do(open, intents, decision, situation)
      .then(() => this.poke())
      .catch((thrown: unknown) =>
        this.#parts.log.error(
          { change: changeId(open.record.number), error: errorText(thrown) },
          'step of a change failed; tried again',
        ),
      )
      // A failed step is tried again with the next tick, not at once: a full disk does not get emptier by asking.
      .finally(() => (open.busy = false));
  }

  async #do(
    open: Open,
    intents: readonly StoredIntent[],
    decision: Decision,
    situation: ChangeSituation,
  ): Promise<void> {
    switch (decision.do) {
      case 'wait':
        return;
      case 'phase':
        return this.#enterPhase(open, intents, decision, situation);
      case 'drained':
        return this.#afterDrain(open, intents, decision, situation);
      case 'rest':
        await this.#save(open, {
          state: decision.state,
          results: [...progressOf(decision, situation).results],
        });
        return;
      case 'end':
        return this.#end(open, intents, decision, situation);
    }
  }

  async #enterPhase(
    open: Open,
    intents: readonly StoredIntent[],
    { phase, message }: Extract<Decision, { do: 'phase' }>,
    { results }: ChangeSituation,
  ): Promise<void> {
    const red = results.map((one): InstanceResult => (isRed(one) ? { ...one, result: 'red' } : one));
    const about = message === undefined ? {} : { message, results: red };
    await this.#save(
      open,
      about,
      intents.map((intent) => putIntent({ ...intent, phase })),
      intents,
    );
  }

  async #afterDrain(
    open: Open,
    intents: readonly StoredIntent[],
    { kill, next }: Extract<Decision, { do: 'drained' }>,
    { results }: ChangeSituation,
  ): Promise<void> {
    if (kill) await killSessions(this.#parts, intents, results);
    const want = { aspect: 'state', state: 'maint' } as const;
    const before = open.record;
    const { drain: _done, ...rest } = before;
    open.record = rest;
    const ops = next ? intents.map((intent) => putIntent({ ...intent, want })) : [];
    if (!(await this.#save(open, {}, ops, intents))) open.record = before;
  }

  async #end(
    open: Open,
    intents: readonly StoredIntent[],
    decision: Extract<Decision, { do: 'end' }>,
    situation: ChangeSituation,
  ): Promise<void> {
    const failed = decision.state === 'failed';
    const results =
      failed && open.record.results.length > 0
        ? open.record.results
        : [...progressOf(decision, situation).results];
    const { ops, removed } = failed ? { ops: [], removed: [] } : endOlder(this.#parts, intents);
    const endedAt = this.#parts.clock.wallMs();
    const about = {
      state: decision.state,
      results: [...results],
      endedAt,
      removed: [...open.record.removed, ...removed.map(({ revision: _revision, ...intent }) => intent)],
    };
    const all = [...intents.map(({ id }) => removeIntent(id)), ...ops];
    if (!(await this.#save(open, about, all, [...intents, ...removed]))) return;
    this.#show(open, [], { state: decision.state, step: decision.step, results });
  }

  /**
   * False, and nothing is written, when one of the intents this was decided from (`seen`) has changed meanwhile: two changes that end in
   * the same moment, or one that is replaced while it ends, would else put back what the other has just ended.
   */
  async #save(
    open: Open,
    about: Partial<ChangeRecord>,
    ops: readonly Op[] = [],
    seen: readonly StoredIntent[] = [],
  ): Promise<boolean> {
    const record = { ...open.record, ...about };
    const put: Op = { type: 'put', key: KEYS.change(record.number), value: JSON.stringify(record) };
    const compare = seen.map(
      ({ id, revision }) =>
        ({ key: KEYS.intent(id), target: 'modRevision', op: '=', value: revision }) as const,
    );
    const { succeeded, revision } = await this.#parts.store.txn({ compare, success: [put, ...ops] });
    if (!succeeded) {
      await this.#parts.intents.until(revision);
      return false;
    }
    const before = open.record.state;
    open.record = record;
    if (record.state !== before) this.#parts.observer.moved(record, before);
    await this.#parts.intents.until(revision);
    return true;
  }
}

/** It has not got to everybody yet, and nothing has ended it. What a one-off did not reach it never will. */
function isUnfinished({ kind, state, endedAt }: ChangeRecord): boolean {
  return state === 'running' || (state === 'partial' && kind !== 'kill-sessions' && endedAt === undefined);
}
