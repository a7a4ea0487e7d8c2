import type { InstanceReport } from '../../api/index.ts';
import type { CliLevel, Info, RuntimeClient } from '../../haproxy/runtime/index.ts';
import type { Clock } from '../../lib/index.ts';
import { workerKey } from '../../plan/index.ts';
import type { Held } from '../held/held.ts';
import type { LocalInstance } from '../local-file/schema.ts';
import { type ConfigState, watchConfig } from './config-watch.ts';
import type { Journal } from './journal.ts';
import { type Reader, type Reading, createReader } from './reader.ts';
import { type RowContext, InstanceRows } from './rows.ts';
import { readStatistics } from './statistics.ts';

/** Polls that a round through the statistics of all backends takes. */
const SHARES = 10;
/** More backends than this are read with one command for all. */
const MANY = 50;

export interface MirrorOptions {
  readonly local: LocalInstance;
  readonly held: Held;
  readonly journal: Journal;
  readonly clock: Clock;
  /** A worker that was not there at the last reading; `isFirst` for the first one this node ever read. */
  readonly onNewWorker: (isFirst: boolean) => void;
}

/**
 * One instance as it was read last. A reading that fails throws and leaves everything as it was: old, and known to be old.
 * Its calls are made one after the other.
 */
export class Mirror {
  readonly rows = new InstanceRows();
  readonly #options: MirrorOptions;
  readonly #reader: Reader;
  readonly #config;
  #worker: InstanceReport['worker'];
  #level: CliLevel | 'unknown' | undefined;
  #readAtMs: number | null = null;
  /** Backends whose check texts are older than their rows. */
  #outdated = new Set<string>();
  /** How far the round through all backends has come. */
  #round = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
    const { statsSocket, masterSocket, config, stateFile } = options.local;
    this.#reader = createReader({ statsSocket, masterSocket });
    this.#config = watchConfig([config].flat(), stateFile);
  }

  get worker(): InstanceReport['worker'] {
    return this.#worker;
  }
  get level(): CliLevel | 'unknown' | undefined {
    return this.#level;
  }
  get readAtMs(): number | null {
    return this.#readAtMs;
  }
  get config(): ConfigState {
    return this.#config.state;
  }
  get client(): RuntimeClient {
    return this.#reader.client();
  }
  /** `workerKey` of the worker read last, also before a restart of the agent. */
  get workerKey(): string {
    return this.#options.held.workerOf(this.#options.local.name) ?? '';
  }

  onLost(listener: () => void): void {
    this.#reader.onLost(listener);
  }

  close(): void {
    this.#reader.close();
  }

  /** Every server, and haproxy.cfg where it changed. */
  async readAll(): Promise<void> {
    const { journal } = this.#options;
    if (this.#config.refresh()) this.rows.refreshAll(this.#context());
    journal.trouble('config', this.#config.state.error);
    await this.#take(await this.#reader.read());
  }

  /** The servers of some backends; all of them after all when a new worker answers. */
  async readSome(backends: readonly string[]): Promise<void> {
    const reading = await this.#reader.read({ backends, isKnown: (info) => !this.#isNew(info) });
    if (reading.isAll && this.#config.refresh()) this.rows.refreshAll(this.#context());
    await this.#take(reading);
  }

  /** True when another worker answers than the one that was read last. */
  async hasNewWorker(): Promise<boolean> {
    return this.#isNew(await this.#reader.readInfo());
  }

  /** Check texts and sessions of some backends. */
  async readStatistics(backends: ReadonlySet<string>): Promise<void> {
    if (backends.size === 0) return;
    const isAll = backends.size > MANY;
    const found = await readStatistics(this.client, isAll ? undefined : backends);
    for (const { key, ...stat } of found) this.rows.takeStat(key, stat, this.#context());
    if (isAll) this.#outdated.clear();
    for (const backend of backends) this.#outdated.delete(backend);
  }

  /**
   * What the last readings outdated, and with `isPoll` the next share of all backends: each has its turn every ten polls. In shares,
   * because all at once is 200 columns of every server.
   */
  async readDueStatistics(isPoll: boolean): Promise<void> {
    await this.readStatistics(new Set([...this.#outdated, ...(isPoll ? this.#nextShare() : [])]));
  }

  #nextShare(): string[] {
    const all = this.rows.backends();
    const share = Math.ceil(all.length / SHARES);
    const first = (this.#round++ % SHARES) * share;
    if (share <= MANY) return all.slice(first, first + share);
    return first === 0 ? all : [];
  }

  async #take({ info, rows, isAll }: Reading): Promise<void> {
    this.#noteWorker(info);
    const changed = this.rows.take(rows, this.#context(), isAll);
    for (const backend of changed) this.#outdated.add(backend);
    this.#readAtMs = this.#options.clock.monotonicMs();
    this.#level ??= await this.#reader.readLevel();
  }

  #context(): RowContext {
    return { facts: this.#config.state.facts, wallMs: this.#options.clock.wallMs() };
  }

  #isNew({ pid, startTime }: Info): boolean {
    return !this.#worker || workerKey(pid, startTime) !== this.workerKey;
  }

  #noteWorker(info: Info): void {
    if (!this.#isNew(info)) return;
    const { held, local, journal, onNewWorker } = this.#options;
    const before = held.workerOf(local.name);
    this.#worker = {
      pid: info.pid,
      startedAt: info.startTime * 1000,
      version: info.version,
      ...(info.description !== undefined && { description: info.description.slice(0, 1000) }),
    };
    this.#level = undefined;
    this.rows.forgetCounts();
    const now = workerKey(info.pid, info.startTime);
    this.#outdated = new Set(this.rows.backends());
    if (now === before) return;
    held.setWorker(local.name, now);
    if (before !== undefined)
      journal.event('info', 'worker-changed', `HAProxy has a new worker, pid ${info.pid}`);
    onNewWorker(before === undefined);
  }
}
