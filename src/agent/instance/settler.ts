import { setTimeout as sleep } from 'node:timers/promises';
import type { IntentStatus } from '../../api/index.ts';
import { isRuntimeError } from '../../haproxy/runtime/index.ts';
import { type Clock, HafleetError, type Logger, errorText, isHafleetError } from '../../lib/index.ts';
import {
  type InstancePlan,
  type Limits,
  type Operation,
  type PlanStatusWord,
  describeOperation,
  isRightFromAnyState,
  planInstance,
  takesOut,
} from '../../plan/index.ts';
import type { Held } from '../held/held.ts';
import { applyOperation } from './apply.ts';
import type { InstanceMeter } from '../metrics/meter.ts';
import type { Journal } from './journal.ts';
import type { Mirror } from './mirror.ts';
import { createRetries } from './retries.ts';
import { type StateFileKeeper, keepStateFile } from './state-file-keeper.ts';
import { foldStatuses } from './statuses.ts';
import { PACE } from './view.ts';

export interface SettlerOptions {
  readonly name: string;
  readonly stateFile: string | undefined;
  /** See the local file's key of this name. */
  readonly stateFileFrom: 'start' | 'first-change';
  readonly limits: Limits;
  readonly held: Held;
  readonly mirror: Mirror;
  readonly journal: Journal;
  readonly log: Logger;
  readonly clock: Clock;
  readonly meter: Pick<InstanceMeter, 'operated'>;
}

/** Corrections, the gate, ready, and one more to see that nothing is left. */
const MAX_ROUNDS = 4;

/** Refusals that are told one by one at a time; thousands at once say no more than these. */
const MAX_TOLD = 20;

/** More backends than this are read with one command for all. */
const FEW = 10;

/** What comes of asking a worker that was replaced or killed meanwhile. */
const WORKER_GONE: ReadonlySet<string> = new Set([
  'proxy-disabled',
  'connection-closed',
  'connection-refused',
  'connection-failed',
  'socket-missing',
  'empty-answer',
  'answer-cut',
]);

interface Lost {
  readonly operation: Operation;
  readonly error: unknown;
}

/** Brings one instance to what is wanted of it, from what was read last. */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #retries;
  readonly #stateFile;
  /** Servers that came from our state file with this worker and were not compared with haproxy.cfg yet. */
  #restored = new Set<string>();
  /** Nothing is written to a file that nobody named before somebody wants something. */
  #wasAsked = false;
  #statuses: ReadonlyMap<string, IntentStatus> = new Map();
  #drifted: ReadonlySet<string> = new Set();
  #forbidden: ReadonlySet<string> = new Set();
  #gating: ReadonlySet<string> = new Set();
  #draining: ReadonlySet<string> = new Set();

  constructor(options: SettlerOptions) {
    this.#options = options;
    this.#retries = createRetries(options.clock);
    this.#stateFile = keepStateFile(options.stateFile);
  }

  get stateFile(): StateFileKeeper {
    return this.#stateFile;
  }
  get statuses(): ReadonlyMap<string, IntentStatus> {
    return this.#statuses;
  }
  /** Backends where a server waits for a green check. */
  get gating(): ReadonlySet<string> {
    return this.#gating;
  }
  /** Backends where the sessions of a draining server are counted. */
  get draining(): ReadonlySet<string> {
    return this.#draining;
  }

  /** A worker begins with what the state file had; a first one ever took nothing from a file of ours. */
  noteNewWorker(isFirst: boolean): void {
    this.#retries.clear();
    this.#restored = isFirst ? new Set() : this.#stateFile.servers();
  }

  /**
   * True when all there is to do may be done before another reading: it is right from any state, and nothing that is new counts as
   * done already by a reading from before. Saves a disable two of its five round trips.
   */
  canActUnread(): boolean {
    const { operations, memory } = this.#plan();
    const isNewlyDone = memory.some(({ to }) => to?.done);
    return operations.length > 0 && operations.every(isRightFromAnyState) && !isNewlyDone;
  }

  /** Backends that any held intent means. */
  wantedBackends(): ReadonlySet<string> {
    return this.#backendsOf(() => true);
  }

  /**
   * Plans, applies and reads back until nothing is left that could be done now.
   * @throws what a reading throws: then nothing is known, and what was sent may have been done
   */
  async settle(): Promise<void> {
    let plan = this.#plan();
    for (let round = 0; round < MAX_ROUNDS && plan.operations.length > 0; round++) {
      this.#begin(plan);
      const { accepted, lost } = await this.#apply(plan.operations);
      if (lost) plan = await this.#readAfterLoss(lost);
      else plan = accepted.length > 0 ? await this.#readBack(accepted) : this.#plan();
    }
    if (plan.statuses.some(({ status, sessions }) => status === 'draining' && sessions === undefined)) {
      await this.#options.mirror.readStatistics(this.#backendsIn(plan, 'draining'));
      plan = this.#plan();
    }
    this.#finish(plan);
  }

  #plan(): InstancePlan {
    const { name, limits, held, mirror } = this.#options;
    return planInstance({
      instance: name,
      rows: mirror.rows.rows(),
      sessions: mirror.rows.sessions(),
      intents: held.effective,
      memory: held.memoryOf(name),
      worker: mirror.workerKey,
      limits,
      config: mirror.config.facts,
      failures: this.#retries.failures(),
      restored: this.#restored,
    });
  }

  /** A reload that comes between must find what is taken out, and an agent that dies between where a gate began. */
  #begin(plan: InstancePlan): void {
    const { held, name } = this.#options;
    held.remember(name, plan.memory);
    if (plan.operations.some(takesOut)) this.#syncStateFile(plan);
    if (plan.operations.some(({ kind }) => kind === 'start-gate')) held.persist();
  }

  /** In order; returns what HAProxy accepted, and where its worker went away. After an answer that is unknown nothing more is sent. */
  async #apply(operations: readonly Operation[]): Promise<{ accepted: Operation[]; lost?: Lost }> {
    const { mirror, log, name, meter } = this.#options;
    const accepted: Operation[] = [];
    for (const operation of operations) {
      try {
        await applyOperation(mirror.client, operation);
        log.info({ instance: name, operation }, describeOperation(operation));
        accepted.push(operation);
        meter.operated(operation.kind, 'ok');
      } catch (thrown) {
        const code = isHafleetError(thrown) ? thrown.code : 'fault';
        log.warn({ instance: name, operation, code }, errorText(thrown));
        meter.operated(operation.kind, code);
        if (WORKER_GONE.has(code)) return { accepted, lost: { operation, error: thrown } };
        this.#noteFailure(operation, thrown);
        if (!isRuntimeError(thrown) || thrown.outcome !== 'refused') break;
      }
    }
    return { accepted };
  }

  /** A reload that came between is no failure: the worker of now is told the same. @throws where there is none */
  async #readAfterLoss({ operation, error }: Lost): Promise<InstancePlan> {
    const { mirror } = this.#options;
    const worker = mirror.workerKey;
    await mirror.readAll();
    if (mirror.workerKey === worker) this.#noteFailure(operation, error);
    return this.#plan();
  }

  /** Reads until the next plan would do none of it again, or the time is over; returns that plan. */
  async #readBack(accepted: readonly Operation[]): Promise<InstancePlan> {
    const { mirror, clock } = this.#options;
    const backends = [...new Set(accepted.map(({ backend }) => backend))];
    const deadline = clock.monotonicMs() + PACE.readBack;
    const worker = mirror.workerKey;
    for (let pauseMs = 5; ; pauseMs = Math.min(50, pauseMs * 2)) {
      await (backends.length > FEW ? mirror.readAll() : mirror.readSome(backends));
      const plan = this.#plan();
      const again = new Set(plan.operations.map(describeOperation));
      const missing = accepted.filter((operation) => again.has(describeOperation(operation)));
      for (const operation of accepted) if (!missing.includes(operation)) this.#retries.succeeded(operation);
      // A reload came between: all of it is to be done again, on another worker.
      if (missing.length === 0 || mirror.workerKey !== worker) return plan;
      if (clock.monotonicMs() >= deadline) {
        for (const operation of missing) this.#noteFailure(operation, notShown(operation));
        return this.#plan();
      }
      await sleep(pauseMs);
    }
  }

  #noteFailure(operation: Operation, error: unknown): void {
    const { held, mirror } = this.#options;
    const revision = held.effective.find(({ id }) => id === operation.intent)?.revision ?? 0;
    this.#retries.failed(operation, { revision, worker: mirror.workerKey, error });
  }

  #finish(plan: InstancePlan): void {
    const { held, name } = this.#options;
    held.remember(name, plan.memory);
    if (!plan.operations.some(({ intent }) => intent === null)) this.#restored = new Set();
    this.#syncStateFile(plan);
    this.#statuses = foldStatuses(plan.statuses, this.#statuses);
    this.#gating = this.#backendsIn(plan, 'gating');
    this.#draining = this.#backendsIn(plan, 'draining');
    this.#noteDrift(plan);
    this.#noteForbidden(plan);
  }

  /** Who asks for what the local file does not allow is told so, and so is whoever reads the log. Once for each intent and reason. */
  #noteForbidden({ statuses }: InstancePlan): void {
    const now = new Map(
      statuses.flatMap((one) =>
        one.status === 'forbidden' ? [[`${one.id} ${one.code}`, one] as const] : [],
      ),
    );
    const fresh = [...now].filter(([key]) => !this.#forbidden.has(key)).map(([, one]) => one);
    this.#forbidden = new Set(now.keys());
    for (const { id, code = 'not-allowed', message = '' } of fresh.slice(0, MAX_TOLD))
      this.#options.journal.event('warning', code, `${id} was refused: ${message}`);
    const [first] = fresh;
    if (first && fresh.length > MAX_TOLD)
      this.#options.journal.event(
        'warning',
        first.code ?? 'not-allowed',
        `${fresh.length - MAX_TOLD} more intents were refused for the same or like reasons`,
      );
  }

  #syncStateFile({ keep }: InstancePlan): void {
    const { held, mirror, journal, stateFileFrom } = this.#options;
    this.#wasAsked ||= stateFileFrom === 'start' || held.effective.length > 0;
    if (!this.#wasAsked) return;
    try {
      this.#stateFile.sync({ rows: mirror.rows.rows(), keep, config: mirror.config.facts });
      journal.trouble('state-file', undefined);
    } catch (thrown) {
      if (!isHafleetError(thrown)) throw thrown;
      journal.trouble('state-file', thrown);
    }
  }

  #noteDrift({ drift }: InstancePlan): void {
    const now = new Map(
      drift.map((one) => [`${one.backend}/${one.server} ${one.aspect} ${one.intent}`, one]),
    );
    for (const [key, { backend, server, aspect, wanted, found, intent }] of now)
      if (!this.#drifted.has(key))
        this.#options.journal.event(
          'warning',
          'drift',
          `${backend}/${server}: ${aspect} is ${found} and was ${wanted} by ${intent}; somebody changed it by hand`,
          { backend, server },
        );
    this.#drifted = new Set(now.keys());
  }

  #backendsIn({ statuses }: InstancePlan, word: PlanStatusWord): ReadonlySet<string> {
    const ids = new Set(statuses.filter(({ status }) => status === word).map(({ id }) => id));
    return this.#backendsOf((id) => ids.has(id));
  }

  #backendsOf(isMeant: (id: string) => boolean): ReadonlySet<string> {
    const { held, mirror } = this.#options;
    const wanted = held.effective.filter(({ id }) => isMeant(id));
    const names = new Set(wanted.filter(({ backend }) => backend === '*').map(({ server }) => server));
    const literal = new Set(wanted.map(({ backend }) => backend));
    if (wanted.length === 0) return new Set();
    return new Set(
      mirror.rows
        .rows()
        .filter(({ backend, server }) => names.has(server) || literal.has(backend))
        .map(({ backend }) => backend),
    );
  }
}

function notShown(operation: Operation): HafleetError {
  return new HafleetError(
    'not-read-back',
    `HAProxy accepted it and did not show it within ${PACE.readBack} ms: ${describeOperation(operation)}`,
    { retryable: true },
  );
}
