import { planCorrections } from './corrections.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { type PlanStatus, type ServerStatus, foldStatus } from './fold-status.ts';
import { type Prohibit, prohibitions } from './limits.ts';
import { type Operation, sortOperations } from './operation.ts';
import { adminStateOf } from './server-flags.ts';
import {
  type Aspect,
  type AspectMemory,
  type Failure,
  type InstanceConfig,
  type Limits,
  type MemoryChange,
  type ServerIntent,
  type ServerRow,
  aspectKey,
  serverKey,
} from './types.ts';
import { type Winner, matchIntents } from './winners.ts';

export interface PlanInput {
  /** The instance's name; an intent for `*` means it too. */
  readonly instance: string;
  readonly rows: readonly ServerRow[];
  /** Current sessions by `serverKey`, where counted. */
  readonly sessions: ReadonlyMap<string, number>;
  readonly intents: readonly ServerIntent[];
  /** By `aspectKey`. */
  readonly memory: ReadonlyMap<string, AspectMemory>;
  /** `workerKey` of the process the rows were read from. */
  readonly worker: string;
  readonly limits: Limits;
  readonly config: InstanceConfig;
  /** By `aspectKey`; the aspect of a correction is its kind. */
  readonly failures: ReadonlyMap<string, Failure>;
  readonly restored: ReadonlySet<string>;
}

/** Something that was as wanted and was changed by hand on the same worker. */
export interface Drift {
  readonly backend: string;
  readonly server: string;
  readonly aspect: Aspect;
  readonly intent: string;
  readonly wanted: string;
  readonly found: string;
}

/** What a reload has to bring back for a server that an intent holds. */
export interface Kept {
  readonly key: string;
  /** null: nothing; an entry of its own, because the row alone may still show the gate. */
  readonly state: 'maint' | 'drain' | null;
}

export interface InstancePlan {
  /** To be done in this order. */
  readonly operations: readonly Operation[];
  /** One per intent, in the order of the intents, those for other instances left out. */
  readonly statuses: readonly PlanStatus[];
  readonly drift: readonly Drift[];
  /** To be remembered when the operations are begun. */
  readonly memory: readonly MemoryChange[];
  readonly keep: readonly Kept[];
}

/** What has to be done so that the instance is as wanted, and how it stands to each intent. Same input, same output. */
export function planInstance(input: PlanInput): InstancePlan {
  const intents = input.intents.filter((i) => i.instance === '*' || i.instance === input.instance);
  const { winners, meant } = matchIntents(input.rows, intents, input.instance);
  const prohibit = prohibitions(input.limits);
  const corrections = planCorrections(input).filter(({ backend }) => !prohibit(backend));
  const uncorrected = new Set(corrections.map((one) => serverKey(one.backend, one.server)));
  const outcomes = winners.map((winner) => outcomeOf(winner, { input, prohibit, uncorrected }));
  return {
    operations: sortOperations([
      ...corrections.filter((one) => !failureOf(one, input)?.waiting),
      ...outcomes.flatMap((outcome) => outcome.operation ?? []),
    ]),
    statuses: statusesOf(intents, meant, outcomes),
    drift: outcomes.flatMap((outcome) => driftOf(outcome) ?? []),
    memory: memoryChanges(input, outcomes),
    keep: outcomes.flatMap((outcome) => keptOf(outcome) ?? []),
  };
}

interface Outcome extends ServerStatus {
  readonly winner: Winner;
  readonly key: string;
  readonly operation?: Operation;
  readonly memory: AspectMemory;
}

interface Context {
  readonly input: PlanInput;
  readonly prohibit: Prohibit;
  readonly uncorrected: ReadonlySet<string>;
}

function outcomeOf(winner: Winner, context: Context): Outcome {
  const { input } = context;
  const { row, intent, aspect } = winner;
  const key = aspectKey(row.backend, row.server, aspect);
  const memory = input.memory.get(key);
  const sessions = input.sessions.get(serverKey(row.backend, row.server));
  const decision = decide({ row, intent, memory, worker: input.worker, sessions });
  const common = {
    winner,
    key,
    decision,
    memory: nextMemory(intent, decision, input.worker),
    ...(sessions !== undefined && aspect === 'state' && { sessions }),
    ...(isInUntilReload(winner, input) && { fileDisabled: true }),
  };
  if (!decision.operation) return { ...common, status: decision.status };
  const prohibition = context.prohibit(row.backend);
  if (prohibition) return { ...common, status: 'forbidden', trouble: prohibition };
  if (memory?.done && isSameWriter(memory, intent, input.worker))
    return { ...common, status: 'drifted', memory };
  const failure = failureFor(key, intent, input);
  if (failure?.waiting) return { ...common, status: 'failed', trouble: failure };
  const isHeldBack =
    !isOut(decision.operation) && context.uncorrected.has(serverKey(row.backend, row.server));
  return {
    ...common,
    status: failure ? 'failed' : decision.status,
    ...(failure && { trouble: failure }),
    ...(!isHeldBack && { operation: decision.operation }),
  };
}

/** A server is never sent to an address or let in before what the state file brought is corrected. */
function isOut(operation: Operation): boolean {
  return operation.kind === 'set-weight' || (operation.kind === 'set-state' && operation.state !== 'ready');
}

function nextMemory(intent: ServerIntent, decision: Decision, worker: string): AspectMemory {
  return {
    intent: intent.id,
    revision: intent.revision,
    worker,
    done: decision.asWanted,
    ...(decision.gateFrom && { gateFrom: decision.gateFrom }),
  };
}

function isSameWriter(memory: AspectMemory | Failure, intent: ServerIntent, worker: string): boolean {
  return memory.intent === intent.id && memory.revision === intent.revision && memory.worker === worker;
}

function failureFor(key: string, intent: ServerIntent, { failures, worker }: PlanInput): Failure | undefined {
  const failure = failures.get(key);
  return failure && isSameWriter(failure, intent, worker) ? failure : undefined;
}

function failureOf(correction: Operation, { failures, worker }: PlanInput): Failure | undefined {
  const failure = failures.get(aspectKey(correction.backend, correction.server, correction.kind));
  return failure?.worker === worker ? failure : undefined;
}

function isInUntilReload({ row, intent }: Winner, { config }: PlanInput): boolean {
  if (intent.want.aspect !== 'state' || intent.want.state !== 'ready') return false;
  return config.get(serverKey(row.backend, row.server))?.disabled ?? false;
}

function statusesOf(
  intents: readonly ServerIntent[],
  meant: ReadonlyMap<string, number>,
  outcomes: readonly Outcome[],
): PlanStatus[] {
  const held = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const { id } = outcome.winner.intent;
    const list = held.get(id);
    if (list) list.push(outcome);
    else held.set(id, [outcome]);
  }
  return intents.map(({ id, revision }) =>
    foldStatus({ id, revision, meant: meant.get(id) ?? 0, held: held.get(id) ?? [] }),
  );
}

function driftOf({ status, winner: { row, intent, aspect } }: Outcome): Drift | undefined {
  if (status !== 'drifted') return undefined;
  const { want } = intent;
  const base = { backend: row.backend, server: row.server, aspect, intent: intent.id };
  return want.aspect === 'weight'
    ? { ...base, wanted: String(want.weight ?? row.initialWeight), found: String(row.userWeight) }
    : { ...base, wanted: want.state, found: adminStateOf(row) };
}

function keptOf({ status, winner, decision }: Outcome): Kept | undefined {
  if (winner.aspect !== 'state' || status === 'drifted' || status === 'forbidden') return undefined;
  return { key: serverKey(winner.row.backend, winner.row.server), state: decision.keep ?? null };
}

/** Only what differs, so that a plan without change writes nothing to disk. */
function memoryChanges({ memory }: PlanInput, outcomes: readonly Outcome[]): MemoryChange[] {
  const changes: MemoryChange[] = outcomes
    .filter((outcome) => !sameMemory(memory.get(outcome.key), outcome.memory))
    .map(({ key, memory: to }) => ({ key, to }));
  const wanted = new Set(outcomes.map((outcome) => outcome.key));
  for (const key of memory.keys()) if (!wanted.has(key)) changes.push({ key, to: null });
  return changes;
}

function sameMemory(a: AspectMemory | undefined, b: AspectMemory): boolean {
  return (
    a !== undefined &&
    a.intent === b.intent &&
    a.revision === b.revision &&
    a.worker === b.worker &&
    a.done === b.done &&
    a.gateFrom === b.gateFrom
  );
}
