import { fleetEvent, type FleetEvent } from '../../api/index.ts';
import { errorText, type Clock, type Logger } from '../../lib/index.ts';
import type { Op, Store } from '../../store/index.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';

/** Something that just happened; where `at` and `source` are left out, now and at this server. */
export type NewEvent = Omit<FleetEvent, 'id' | 'at' | 'source'> & Partial<Pick<FleetEvent, 'at' | 'source'>>;

export interface EventSink {
  /** Never waits and never throws: what cannot be kept is counted, and told by an event of its own. */
  add(event: NewEvent): void;
}

/** Everything that happened in the fleet, newest last: one log, in the store, that a restart does not forget. */
export interface EventLog extends EventSink {
  /** Also those that are not written yet. */
  all(): readonly FleetEvent[];
  /** How many could not be kept since the server started. */
  dropped(): number;
  /** Writes what waits, once. Resolves also when that failed. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface EventLogOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** The newest that are kept. */
  readonly kept?: number;
  /** The most that wait to be written. */
  readonly waiting?: number;
}

/** Events of a burst are one transaction: a disk syncs five times a second, whatever happens. */
const WRITE_EVERY_MS = 200;
/** A store that refuses is asked again this soon. */
const RETRY_MS = 1_000;

/** Reads the log of this store. Rejects when it cannot be read. */
export async function openEventLog(options: EventLogOptions): Promise<EventLog> {
  const { store, clock, log, kept = 10_000, waiting = 2_000 } = options;
  const { entries } = await store.range({ prefix: PREFIXES.events });
  const stored = entries.flatMap(({ value }) => readEvent(value));
  const batch = Math.floor(store.limits.txnOps / 2);
  let pending: FleetEvent[] = [];
  let lastId = stored.at(-1)?.id ?? 0;
  let dropped = 0;
  let untold = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<boolean> | undefined;
  let isStopped = false;

  const take = ({ at = clock.wallMs(), source = 'server', ...about }: NewEvent) => {
    pending.push({ ...about, id: ++lastId, at, source });
    schedule(WRITE_EVERY_MS);
  };

  /** In a flood the last quarter of the room is for what is more than information. */
  const hasRoom = ({ severity }: NewEvent) =>
    pending.length < (severity === 'info' ? Math.floor(waiting * 0.75) : waiting);

  const tellDropped = () => {
    if (untold === 0 || pending.length > waiting / 2) return;
    const message = `${untold} events were not kept: there were more than could be written`;
    untold = 0;
    take({ severity: 'warning', code: 'events-dropped', message });
  };

  const schedule = (afterMs: number) => {
    if (isStopped || timer !== undefined || writing) return;
    timer = setTimeout(() => void write(), afterMs);
  };

  const write = (): Promise<boolean> => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeBatch().then((isDone) => {
      writing = undefined;
      if (isDone) tellDropped();
      if (pending.length > 0) schedule(isDone ? WRITE_EVERY_MS : RETRY_MS);
      return isDone;
    });
    return writing;
  };

  /** The numbers are given already: written twice, where it is unknown whether it was, an event is still there once. */
  const writeBatch = async (): Promise<boolean> => {
    const events = pending.slice(0, batch);
    if (events.length === 0) return true;
    const old = stored.slice(0, Math.min(batch, Math.max(0, stored.length + events.length - kept)));
    const ops: Op[] = [
      ...events.map((one): Op => ({ type: 'put', key: KEYS.event(one.id), value: JSON.stringify(one) })),
      ...old.map(({ id }): Op => ({ type: 'delete', key: KEYS.event(id) })),
    ];
    try {
      await store.txn({ success: ops });
    } catch (thrown) {
      log.warn({ error: errorText(thrown), waiting: pending.length }, 'events not written; tried again');
      return false;
    }
    stored.splice(0, old.length);
    stored.push(...events);
    pending = pending.slice(events.length);
    return true;
  };

  const flush = async () => {
    await writing;
    while (pending.length > 0 && (await write()));
  };

  return {
    add(event) {
      if (hasRoom(event)) return take(event);
      dropped++;
      untold++;
    },
    all: () => [...stored, ...pending],
    dropped: () => dropped,
    flush,
    async stop() {
      isStopped = true;
      await flush();
      clearTimeout(timer);
    },
  };
}

/** One that this version cannot read is left out, and stays until it is old. */
function readEvent(value: string): FleetEvent[] {
  try {
    return [fleetEvent.parse(JSON.parse(value))];
  } catch {
    return [];
  }
}
