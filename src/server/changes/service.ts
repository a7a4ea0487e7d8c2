import {
  ApiError,
  changeRequest,
  type Change,
  type ChangePlan,
  type ChangeRequest,
  type ParsedChangeRequest,
  type WireIntent,
} from '../../api/index.ts';
import type { Clock } from '../../lib/index.ts';
import type { Op, Store } from '../../store/index.ts';
import { coversIntent, foldNodeSet, type GuardName } from '../../model/index.ts';
import type { Principal } from '../auth/authenticate.ts';
import { STANDING_TEXTS } from '../agents/standing-text.ts';
import { inNodes, isUnlimited, requireBackends, requireNodes } from '../auth/scope.ts';
import type { Hub } from '../agents/hub.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { placesOf } from '../fleet/places.ts';
import { checkScope, nodesInScope } from '../fleet/scope.ts';
import { KEYS } from '../store/keys.ts';
import type { Mirror } from '../store/mirror.ts';
import {
  changeId,
  changeNumber,
  changeRecord,
  type BackendRecord,
  type ChangeRecord,
  type IntentRecord,
} from '../store/records.ts';
import { alreadySo } from './already.ts';
import { putIntent, removeIntent, type ChangeController } from './controller.ts';
import { askGuards, floorsOfRecords } from './guard.ts';
import { isEnding, newIntents } from './intents.ts';
import { killSessions } from './kill-sessions.ts';
import type { ChangeObserver } from './observer.ts';
import { previewChange, takesOut } from './preview.ts';
import { contentsOf, resolveTargets, type InstanceContents, type ResolvedTargets } from './resolve.ts';

export interface ChangeServiceParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly view: FleetView;
  readonly hub: Pick<Hub, 'run'>;
  readonly intents: Mirror<IntentRecord>;
  readonly backends: Mirror<BackendRecord>;
  readonly controller: ChangeController;
  readonly observer: Pick<ChangeObserver, 'accepted' | 'refused'>;
  intentsOf(node: string): readonly WireIntent[];
}

export interface Accepted {
  readonly change: Change | null;
  readonly plan: ChangePlan;
}

interface Prepared {
  readonly request: ParsedChangeRequest;
  readonly targets: ChangeRecord['servers'];
  readonly plan: ChangePlan;
  readonly places: readonly { readonly instance: string }[];
  readonly isAlreadySo: boolean;
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

  constructor(parts: ChangeServiceParts) {
    this.#parts = parts;
  }

  async accept(wanted: ChangeRequest, options: AcceptOptions): Promise<Accepted> {
    const request = changeRequest.parse(wanted);
    const accepted = await this.#alone(() => this.#accept(request, options));
    if (accepted.change && request.waitMs > 0) return this.#settle(accepted, request.waitMs);
    return accepted;
  }

  /** Says the same again to every agent: what failed is tried, what was undone by hand is done again. */
  async retry(id: string, principal: Principal, waitMs: number): Promise<Accepted> {
    const record = await this.#record(id);
    this.#requireScope(record, principal);
    const intents = this.#parts.controller.intentsOf(record);
    if (intents.length > 0) {
      const { revision } = await this.#parts.store.txn({ success: intents.map(putIntent) });
      await this.#parts.intents.until(revision);
      return this.#settle({ change: this.#parts.controller.track(record), plan: emptyPlan() }, waitMs);
    }
    if (record.state !== 'failed')
      throw new ApiError('nothing-to-retry', `${changeId(record.number)} is over: ${record.state}`, {
        hint: 'make the change anew if it is wanted again',
      });
    return this.accept({ ...asRequest(record), waitMs }, { who: principal.name, principal });
  }

  /** Takes a change back: what it replaced holds again, or the servers come in through the gate. */
  async undo(
    id: string,
    principal: Principal,
    about: { reason: string; waitMs: number; dryRun: boolean; overrides: GuardName[] },
  ): Promise<Accepted> {
    const record = await this.#record(id);
    this.#requireScope(record, principal);
    const intents = this.#parts.controller.intentsOf(record);
    if (record.undoneBy !== undefined)
      throw nothingToUndo(record, `${record.undoneBy} has undone it already`);
    if (record.kind === 'kill-sessions') throw nothingToUndo(record, 'sessions that were shut down are gone');
    const why = { reason: about.reason === '' ? `undo of ${changeId(record.number)}` : about.reason };
    const common = {
      ...asRequest(record),
      ...why,
      waitMs: about.waitMs,
      dryRun: about.dryRun,
      overrides: about.overrides,
    };
    const options = { who: principal.name, principal, undoes: record };
    if (record.kind === 'enable' && intents.length > 0) return this.#stopGate(record, intents, about.dryRun);
    if (record.removed.length > 0)
      return this.accept(restoring(common, record.removed), { ...options, restores: record.removed });
    if (intents.length === 0) throw nothingToUndo(record, 'it holds nothing any more');
    return this.accept(
      record.kind === 'weight' ? { ...common, kind: 'weight', weight: null } : { ...common, kind: 'enable' },
      options,
    );
  }

  async #stopGate(
    record: ChangeRecord,
    intents: readonly IntentRecord[],
    dryRun: boolean,
  ): Promise<Accepted> {
    if (dryRun)
      return {
        change: null,
        plan: { ...emptyPlan(), notes: ['the servers go back to where they were before'] },
      };
    const back = intents.map((intent) => putIntent({ ...intent, phase: 'returning' }));
    const { revision } = await this.#parts.store.txn({ success: back });
    await this.#parts.intents.until(revision);
    return { change: this.#parts.controller.track(record), plan: emptyPlan() };
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
    const prepared = this.#prepare(request, options.principal);
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

  #prepare(asked: ParsedChangeRequest, principal: Principal | undefined): Prepared {
    const request = this.#withinNodes(asked, principal);
    if (request.overrides.length > 0 && request.reason.trim() === '')
      throw new ApiError('reason-needed', 'overriding a guard needs a reason', {
        hint: 'add --reason "..."',
      });
    const { view } = this.#parts;
    const nodes = view.nodeNames().flatMap((name) => view.record(name) ?? []);
    if (nodes.length === 0)
      throw new ApiError('empty-node-set', 'no node is enrolled in this fleet', {
        hint: 'start an agent: `hafleet agent --config FILE`',
      });
    const scope = contentsOf(view, checkScope(request, nodes), request.instance);
    // What was never read is unknown, not empty: a server's name that is right must not be called wrong.
    if (scope.every((one) => wasNeverRead(view, one)))
      throw new ApiError('fleet-not-read-yet', 'no instance in scope has ever been read', {
        retryable: true,
        hint: 'try again when `hafleet status` shows them; `hafleet node show NODE` tells why they cannot be read',
      });
    const { targets, places } = withinBackends(resolveTargets(request.targets, scope), principal);
    const floors = floorsOfRecords(
      [...this.#parts.backends.entries].map(([name, { value }]) => [name, value] as const),
    );
    const concerned = new Set(places.map(({ backend }) => backend));
    const judged = scope.map((one) => ({
      ...one,
      servers: one.servers.filter(({ backend }) => concerned.has(backend)),
    }));
    const question = {
      view,
      scope: judged,
      places,
      floors,
      intentsOf: (node: string) => this.#parts.intentsOf(node),
    };
    const guards = askGuards({
      ...question,
      // An instance known to have none of these backends has nothing to wait for; one that was never read may have them.
      scope: judged.filter(({ servers }, at) => servers.length > 0 || scope[at]?.servers.length === 0),
      takesOut: takesOut(request),
      overrides: request.overrides,
      reason: request.reason,
    });
    const plan = previewChange({ ...question, request, guards });
    const isAlreadySo = alreadySo({ request, targets, places, intents: this.#parts.intents, view });
    return { request, targets: [...targets], places, plan, isAlreadySo };
  }

  /** A token with a limited scope means by `*` the nodes it reaches, and they are fixed by name when it is accepted. */
  #withinNodes(request: ParsedChangeRequest, principal: Principal | undefined): ParsedChangeRequest {
    if (!principal || principal.scope.nodes.includes('*')) return request;
    const { view } = this.#parts;
    const nodes = checkScope(
      request,
      view.nodeNames().flatMap((name) => view.record(name) ?? []),
    );
    const reached = nodes.filter((node) => inNodes(principal.scope, node));
    if (request.on !== '*' || reached.length === 0) requireNodes(principal, nodes);
    const { exclude: _evaluated, ...rest } = request;
    return { ...rest, on: foldNodeSet(reached) };
  }

  #requireScope({ servers, on, exclude }: ChangeRecord, principal: Principal): void {
    if (isUnlimited(principal.scope)) return;
    const { view } = this.#parts;
    const nodes = nodesInScope(
      { on, exclude },
      view.nodeNames().flatMap((name) => view.record(name) ?? []),
    );
    requireNodes(principal, nodes);
    const places = servers.flatMap(({ backend, server }) =>
      placesOf(view, nodes, server).filter((place) => backend === '*' || place.backend === backend),
    );
    requireBackends(
      principal,
      [...places, ...servers.filter(({ backend }) => backend !== '*')].map(({ backend }) => backend),
    );
  }

  async #write(prepared: Prepared, { who, undoes, restores }: AcceptOptions): Promise<Change> {
    const { store, clock, controller } = this.#parts;
    const counter = (await store.range({ key: KEYS.changeCounter })).entries[0];
    const number = Number(counter?.value ?? 0) + 1;
    const nowWallMs = clock.wallMs();
    const until = leaseEnd(prepared.request, nowWallMs);
    const fresh = newIntents({ ...prepared, number, who, nowWallMs, until });
    const intents = restores ? restored(restores, number) : fresh;
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

  async #kill(record: ChangeRecord, { targets, places, request }: Prepared): Promise<void> {
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

/** A token with a limited scope means by a bare server name the backends where it stands now, and reaches all of them. */
function withinBackends(resolved: ResolvedTargets, principal: Principal | undefined): ResolvedTargets {
  if (!principal || principal.scope.backends.includes('*')) return resolved;
  requireBackends(
    principal,
    resolved.places.map(({ backend }) => backend),
  );
  const named = new Map(
    resolved.places.map(({ backend, server }) => [`${backend}/${server}`, { backend, server }]),
  );
  return { ...resolved, targets: [...named.values()] };
}

/** A store that agents know better than must not decide: what it would write might undo what it never saw. */
function requireLeading(view: FleetView): void {
  const ahead = view.nodesAhead();
  if (ahead.length === 0) return;
  const { code, message, hint } = STANDING_TEXTS.behind;
  throw new ApiError('store-behind', `${foldNodeSet(ahead)}: ${message}`, {
    hint,
    facts: { code, nodes: ahead },
  });
}

function wasNeverRead(view: FleetView, { node, name, servers }: InstanceContents): boolean {
  return servers.length === 0 && (view.node(node).instances.get(name)?.readAt ?? null) === null;
}

export function unknownChange(id: string): ApiError {
  return new ApiError('unknown-change', `there is no change ${JSON.stringify(id.slice(0, 50))}`, {
    hint: '`hafleet change list` shows the latest',
  });
}

function guardRefused(plan: ChangePlan): ApiError {
  const [first] = plan.refusals;
  const fits = plan.refusals.flatMap((refusal) =>
    refusal.fits === undefined ? [] : [`${refusal.fits} would fit.`],
  );
  const message = [
    ...plan.refusals.map((refusal) => `guard ${refusal.guard}: ${refusal.message}`),
    ...fits,
  ].join(' ');
  return new ApiError('guard-refused', message, {
    hint: `to insist: ${[...new Set(plan.refusals.map(({ override }) => override))].join(' ') || (first?.override ?? '')}`,
    facts: { plan },
  });
}

function nothingToUndo(record: ChangeRecord, why: string): ApiError {
  return new ApiError('nothing-to-undo', `${changeId(record.number)} cannot be undone: ${why}`, {
    hint: `\`hafleet change show ${changeId(record.number)}\` tells what it did`,
  });
}

function leaseEnd({ kind, forMs, until }: ParsedChangeRequest, nowWallMs: number): number | undefined {
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

interface RecordParts {
  readonly prepared: Prepared;
  readonly number: number;
  readonly who: string;
  readonly nowWallMs: number;
  readonly until: number | undefined;
  readonly removed: IntentRecord[];
  readonly undoes: ChangeRecord | undefined;
}

function newRecord({ prepared, number, who, nowWallMs, until, removed, undoes }: RecordParts): ChangeRecord {
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

/** Without the fields that are undefined: JSON would drop them anyway, and the types say they may be missing. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function asRequest(record: ChangeRecord): ChangeRequest {
  const { kind, servers, on, exclude, instance, weight, why, ticket, gateMs } = record;
  return {
    kind,
    targets: servers.map(({ backend, server }) => `${backend}/${server}`),
    on,
    reason: why,
    ...defined({ exclude, instance, weight, ticket, gateMs }),
  };
}

/** The request that describes what undoing brings back; the intents themselves are the old ones. */
function restoring(common: ChangeRequest, removed: readonly IntentRecord[]): ChangeRequest {
  const want = removed[0]?.want;
  const targets = removed.map(({ backend, server }) => `${backend}/${server}`);
  if (want?.aspect === 'weight') return { ...common, targets, kind: 'weight', weight: want.weight };
  return { ...common, targets, kind: want?.state === 'drain' ? 'drain' : 'disable' };
}

function restored(intents: readonly IntentRecord[], number: number): IntentRecord[] {
  const change = changeId(number);
  return intents.map((intent) => ({
    ...intent,
    change,
    order: number,
    id: intent.id.replace(/^[^:]*/, change),
    phase: 'holding',
  }));
}

function undoneOp(record: ChangeRecord, by: number): Op {
  const undone: ChangeRecord = { ...record, undoneBy: changeId(by) };
  return { type: 'put', key: KEYS.change(record.number), value: JSON.stringify(undone) };
}

function emptyPlan(): ChangePlan {
  return {
    transitions: [],
    effects: [],
    sessions: 0,
    skipped: [],
    pending: [],
    refusals: [],
    overridden: [],
    notes: [],
  };
}
