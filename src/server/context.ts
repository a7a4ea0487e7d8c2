import type { WireIntent } from '../api/index.ts';
import type { Clock, Logger } from '../lib/index.ts';
import type { Store } from '../store/index.ts';
import type { AlarmKeeper } from './alarms/alarm-keeper.ts';
import type { Dispatcher } from './agents/dispatcher.ts';
import type { Hub } from './agents/hub.ts';
import type { ChangeController } from './changes/controller.ts';
import type { ChangeService } from './changes/service.ts';
import type { EventLog } from './events/event-log.ts';
import type { FleetView } from './fleet/fleet-view.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';
import type { FleetKey } from './store/fleet-key.ts';
import type { Mirror } from './store/mirror.ts';
import type {
  BackendRecord,
  FleetRecord,
  IntentRecord,
  InventoryRecord,
  NodeRecord,
  TokenRecord,
} from './store/records.ts';

/** What routes are given: the parts of a running server. */
export interface ServerContext {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  readonly fleet: FleetRecord;
  readonly key: FleetKey;
  readonly view: FleetView;
  readonly nodes: Mirror<NodeRecord>;
  readonly inventory: Mirror<InventoryRecord>;
  readonly intents: Mirror<IntentRecord>;
  readonly backends: Mirror<BackendRecord>;
  readonly tokens: Mirror<TokenRecord>;
  readonly dispatcher: Dispatcher;
  readonly hub: Hub;
  readonly controller: ChangeController;
  readonly changes: ChangeService;
  readonly events: EventLog;
  readonly alarms: AlarmKeeper;
  readonly metrics: ServerMetrics;
  /** Intents of one node, as its agent gets them. */
  intentsOf(node: string): readonly WireIntent[];
}
