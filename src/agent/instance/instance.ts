import type { AgentEvent, PreparedInstance } from '../../api/index.ts';
import { RuntimeError } from '../../haproxy/runtime/index.ts';
import {
  type Clock,
  HafleetError,
  type Logger,
  createBackoff,
  errorText,
  isHafleetError,
  systemClock,
} from '../../lib/index.ts';
import { type Limits, prohibitions, serverKey } from '../../plan/index.ts';
import type { Held } from '../held/held.ts';
import type { LocalInstance } from '../local-file/schema.ts';
import { writeOffline } from '../offline/write.ts';
import { type InstanceMeter, SILENT_METER } from '../metrics/meter.ts';
import { createJournal } from './journal.ts';
import { Mirror } from './mirror.ts';
import { createQueue } from './queue.ts';
import { Settler } from './settler.ts';
import { readStatistics } from './statistics.ts';
import { type InstanceView, PACE } from './view.ts';

export interface InstanceOptions {
  readonly local: LocalInstance;
  readonly limits: Limits;
  readonly held: Held;
  readonly log: Logger;
  /** Something may have changed that is to be reported. Called at once. */
  readonly onChange: () => void;
  readonly onEvent: (event: AgentEvent) => void;
  readonly meter?: InstanceMeter;
  readonly clock?: Clock;
}

export interface Instance {
  readonly view: InstanceView;
  /** Reads, plans, applies and reads back, at once. Resolves when that is over, however it ended. */
  reconcile(): Promise<void>;
  /**
   * Ends every session of one server; resolves with how many it had.
   * @throws HafleetError with the reason why not
   */
  killSessions(backend: string, server: string): Promise<number>;
  /** Where HAProxy does not answer: writes what it is to find when it starts. Never rejects. */
  prepare(): Promise<PreparedInstance>;
  /** Reads at once, and from then on at its pace. */
  start(): void;
  /** Stops reading. HAProxy is not touched. */
  stop(): Promise<void>;
}

/** More backends than this are read with one command for all. */
const FEW = 4;

/** The driver of one HAProxy instance: one queue for all that is read from it and done to it. */
export function createInstance(options: InstanceOptions): Instance {
  const { local, limits, held, log, onChange, onEvent, clock = systemClock, meter = SILENT_METER } = options;
  const queue = createQueue();
  const journal = createJournal({ instance: local.name, log, clock, onEvent });
  const onNewWorker = (isFirst: boolean) => {
    if (!isFirst) meter.newWorker();
    settler.noteNewWorker(isFirst);
  };
  const mirror = new Mirror({ local, held, journal, clock, onNewWorker });
  const { name, stateFile, stateFileFrom } = local;
  const settler = new Settler({
    name,
    stateFile,
    stateFileFrom,
    limits,
    held,
    mirror,
    journal,
    log,
    clock,
    meter,
  });
  const prohibit = prohibitions(limits);
  const retry = createBackoff({ firstMs: 20, maxMs: PACE.poll });
  let error: HafleetError | undefined;
  let pollDueMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  /** One turn of the queue. What fails marks the reading as failing and is over with that. */
  const turn = (work: () => Promise<void>): Promise<void> =>
    queue.run(async () => {
      if (isStopped) return;
      try {
        await work();
        error = undefined;
        journal.trouble('reading', undefined);
        retry.reset();
      } catch (thrown) {
        if (!isStopped) noteFailure(thrown);
      }
      if (isStopped) return;
      schedule();
      onChange();
    });

  function noteFailure(thrown: unknown): void {
    if (!isHafleetError(thrown))
      log.error({ instance: name, err: thrown }, 'a fault while driving the instance');
    error = isHafleetError(thrown)
      ? thrown
      : new HafleetError('agent-fault', errorText(thrown), { cause: thrown });
    journal.trouble('reading', error);
    meter.pollFailed(error.code);
    pollDueMs = clock.monotonicMs() + retry.next();
  }

  async function poll(): Promise<void> {
    const beganMs = clock.monotonicMs();
    pollDueMs = beganMs + PACE.poll;
    await mirror.readAll();
    await mirror.readStatistics(settler.draining);
    await settle(true);
    meter.polled((clock.monotonicMs() - beganMs) / 1000);
  }

  /** What was done is told before the texts of checks are fetched. */
  async function settle(isPoll: boolean): Promise<void> {
    await settler.settle();
    onChange();
    try {
      await mirror.readDueStatistics(isPoll);
      journal.trouble('statistics', undefined);
    } catch (thrown) {
      // They take a connection of their own; without them the states are known all the same.
      if (!isHafleetError(thrown)) throw thrown;
      journal.trouble('statistics', thrown);
    }
  }

  async function look(): Promise<void> {
    if (error || clock.monotonicMs() >= pollDueMs) return poll();
    if (settler.gating.size > 0) {
      await mirror.readSome([...settler.gating]);
      return settle(false);
    }
    if (await mirror.hasNewWorker()) await poll();
  }

  async function bringUpToDate(): Promise<void> {
    const isFresh =
      !error && mirror.readAtMs !== null && clock.monotonicMs() - mirror.readAtMs < 2 * PACE.poll;
    if (isFresh && settler.canActUnread()) return act();
    const backends = settler.wantedBackends();
    await (mirror.readAtMs === null || backends.size > FEW
      ? mirror.readAll()
      : mirror.readSome([...backends]));
    await act();
  }

  /** What was asked for is done and told; the texts of checks that it changed come with the next poll. */
  async function act(): Promise<void> {
    await settler.settle();
    onChange();
  }

  async function isAnswering(): Promise<boolean> {
    try {
      await mirror.hasNewWorker();
      return true;
    } catch {
      return false;
    }
  }

  function schedule(): void {
    clearTimeout(timer);
    const untilPoll = Math.max(0, pollDueMs - clock.monotonicMs());
    timer = setTimeout(() => void turn(look), Math.min(untilPoll, error ? untilPoll : pace()));
  }

  function pace(): number {
    if (settler.gating.size > 0) return PACE.gate;
    return mirror.config.survivesReload ? PACE.poll : PACE.glance;
  }

  mirror.onLost(() => {
    if (isStopped) return;
    pollDueMs = 0;
    schedule();
  });

  return {
    view: {
      local,
      get reading() {
        return error || mirror.readAtMs === null ? 'failing' : 'ok';
      },
      get readAtMs() {
        return mirror.readAtMs;
      },
      get error() {
        return error;
      },
      get worker() {
        return mirror.worker;
      },
      get level() {
        return mirror.level;
      },
      readOnly: limits.readOnly || !limits.allow.includes('servers'),
      get survivesReload() {
        return mirror.config.survivesReload;
      },
      reports: () => mirror.rows.reports(),
      get rowsVersion() {
        return mirror.rows.version;
      },
      get statuses() {
        return settler.statuses;
      },
    },
    reconcile: () => turn(bringUpToDate),
    killSessions: (backend, server) =>
      queue.run(async () => {
        const reason = prohibit(backend);
        if (reason) throw new HafleetError(reason.code, reason.message);
        const counted = await readStatistics(mirror.client, new Set([backend]));
        const before = counted.find(({ key }) => key === serverKey(backend, server));
        if (!before) throw new RuntimeError('no-such-server', `HAProxy has no server ${backend}/${server}.`);
        await mirror.client.shutdownSessions({ backend, server });
        return before.sessions;
      }),
    prepare: () =>
      queue.run(async () => {
        // A process that answers is kept as wanted, and its file with it.
        if (await isAnswering()) return { instance: name, code: 'haproxy-runs', message: 'HAProxy runs' };
        return writeOffline({ local, limits, held, keeper: settler.stateFile });
      }),
    start: schedule,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      mirror.close();
      await queue.run(async () => undefined);
      mirror.close();
    },
  };
}
