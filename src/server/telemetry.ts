import type { Clock, Logger } from '../lib/index.ts';
import type { Store } from '../store/index.ts';
import type { Dispatcher } from './agents/dispatcher.ts';
import { createAlarmKeeper, type AlarmKeeper } from './alarms/alarm-keeper.ts';
import { createFactsReader, type FactsParts } from './alarms/fleet-facts.ts';
import { createRefusals } from './alarms/refusals.ts';
import type { ChangeObserver } from './changes/observer.ts';
import { changeEvents } from './events/change-events.ts';
import { openEventLog, type EventLog } from './events/event-log.ts';
import { createTransitions } from './events/transitions.ts';
import type { FleetView } from './fleet/fleet-view.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';

/** All by which a server tells what happened, what is wrong and how much of it there was. */
export interface Telemetry {
  readonly events: EventLog;
  readonly metrics: ServerMetrics;
  /** Told of every change. */
  readonly observer: ChangeObserver;
  /** Begins to look at the fleet; returns what is wrong with it from then on. */
  watch(parts: WatchParts): AlarmKeeper;
  stop(): Promise<void>;
}

export type WatchParts = Pick<FactsParts, 'intents' | 'backends' | 'intentsOf' | 'leases' | 'trouble'> & {
  readonly view: FleetView;
  readonly dispatcher: Pick<Dispatcher, 'revision' | 'wantedOf'>;
};

export interface TelemetryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
}

/** Rejects when the event log of this store cannot be read. */
export async function openTelemetry({ store, clock, log, version }: TelemetryOptions): Promise<Telemetry> {
  const events = await openEventLog({ store, clock, log });
  const metrics = createServerMetrics({ version, clock });
  const transitions = createTransitions(events);
  const startedMs = clock.monotonicMs();
  let alarms: AlarmKeeper | undefined;

  return {
    events,
    metrics,
    observer: both(changeEvents(events), metrics.changes),
    watch({ view, dispatcher, ...parts }) {
      const refusals = createRefusals({
        holds: (node) => view.node(node).holds,
        wanted: (node) => dispatcher.wantedOf(node),
      });
      view.listen({
        event(node, event, source) {
          refusals.note(node, event);
          events.add({ ...event, node, source });
        },
        reporting(live, incoming) {
          transitions.reporting(live, incoming);
          metrics.reporting(live, incoming);
        },
      });
      const wallMs = () => clock.wallMs();
      const upMs = () => clock.monotonicMs() - startedMs;
      const keeper = createAlarmKeeper({
        clock,
        events,
        facts: createFactsReader({
          ...parts,
          view,
          refusals,
          revision: () => dispatcher.revision(),
          wallMs,
          upMs,
        }),
      });
      alarms = keeper;
      metrics.watch({
        view,
        intents: parts.intents,
        alarms: () => keeper.open(),
        dropped: () => events.dropped(),
        revision: () => dispatcher.revision(),
        wallMs,
      });
      return keeper;
    },
    async stop() {
      alarms?.stop();
      transitions.stop();
      await events.stop();
    },
  };
}

function both(one: ChangeObserver, other: ChangeObserver): ChangeObserver {
  return {
    accepted(record) {
      one.accepted(record);
      other.accepted(record);
    },
    refused(asked) {
      one.refused(asked);
      other.refused(asked);
    },
    moved(record, before) {
      one.moved(record, before);
      other.moved(record, before);
    },
  };
}
