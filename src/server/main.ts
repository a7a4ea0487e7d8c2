import { join } from 'node:path';
import {
  listenForMetrics,
  systemClock,
  type Clock,
  type Logger,
  ensureFolderSync,
  errorText,
  HafleetError,
} from '../lib/index.ts';
import { openEmbeddedStore, type Store } from '../store/index.ts';
import { Dispatcher } from './agents/dispatcher.ts';
import { createHub, enrolledNode, type HubParts } from './agents/hub.ts';
import { createApp } from './app.ts';
import { ChangeController } from './changes/controller.ts';
import { createLocalTakeUp } from './changes/local.ts';
import { createLeaseKeeper } from './changes/leases.ts';
import { ChangeService } from './changes/service.ts';
import type { ServerContext } from './context.ts';
import { FleetView } from './fleet/fleet-view.ts';
import { keepInventory } from './fleet/inventory.ts';
import { takeLead } from './leader.ts';
import { listenOn, readTls, STORE_FILE, type ListenOptions } from './listen.ts';
import { ensureIdentity } from './store/identity.ts';
import { KEYS, PREFIXES } from './store/keys.ts';
import { epochProof } from '../api/index.ts';
import { openMirror } from './store/mirror.ts';
import { watchTrouble } from './store/watch-trouble.ts';
import { openTelemetry } from './telemetry.ts';
import { backendRecord, intentRecord, inventoryRecord, nodeRecord, tokenRecord } from './store/records.ts';

export interface ServerOptions extends ListenOptions {
  /** Holds the store and the first tokens. Made, 0700, when it is missing. */
  readonly dataFolder: string;
  /** Serves `/metrics` there too, without a token: loopback only. */
  readonly metricsListen?: ListenOptions['listen'];
  readonly version: string;
  readonly log: Logger;
  readonly clock?: Clock;
}

export { createLocalToken } from './auth/local-token.ts';
export { backupStore, restoreStore, type BackupInfo } from './recover/backup.ts';
export { openRecovery, type Recovery, type RecoveryPreview } from './recover/recovery.ts';

export interface RunningServer {
  readonly url: string;
  readonly adminTokenFile: string;
  readonly joinTokenFile: string;
  /** Where metrics are to be had without a token, if they are. */
  readonly metricsUrl?: string;
  stop(): Promise<void>;
}

/** Starts the hafleet server on an embedded store. Rejects with a coded error when it cannot. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const tls = readTls(options);
  makeDataFolder(options.dataFolder);
  const store = await openEmbeddedStore({ path: join(options.dataFolder, STORE_FILE) });
  try {
    return await startOn(store, options, tls);
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

function makeDataFolder(path: string): void {
  try {
    ensureFolderSync(path, 0o700);
  } catch (cause) {
    throw new HafleetError('data-folder-unusable', `cannot make ${path}: ${errorText(cause)}`, {
      hint: 'choose a folder with --data that the user of the hafleet server may write',
      cause,
    });
  }
}

async function startOn(
  opened: Store,
  options: ServerOptions,
  tls: ReturnType<typeof readTls>,
): Promise<RunningServer> {
  const { log, version, clock = systemClock } = options;
  const stopping = new AbortController();
  const { store, trouble } = watchTrouble(opened);
  const lead = await takeLead(store);
  const identity = await ensureIdentity(store, options.dataFolder, clock);
  const { fleet, key } = identity;
  const follow = {
    store,
    signal: stopping.signal,
    onLost: (cause: unknown) => log.fatal({ err: cause }, 'the store cannot be followed any more'),
  };
  const [nodes, inventory, intents, backends, tokens] = await Promise.all([
    openMirror({ ...follow, prefix: PREFIXES.nodes, schema: nodeRecord }),
    openMirror({ ...follow, prefix: PREFIXES.inventory, schema: inventoryRecord }),
    openMirror({ ...follow, prefix: PREFIXES.intents, schema: intentRecord }),
    openMirror({ ...follow, prefix: PREFIXES.backends, schema: backendRecord }),
    openMirror({ ...follow, prefix: PREFIXES.tokens, schema: tokenRecord }),
  ]);
  const view = new FleetView({ clock, nodes, inventory });
  const telemetry = await openTelemetry({ store, clock, log, version });
  const { events, metrics, observer } = telemetry;
  const proofEntry = (await store.range({ key: KEYS.epochProof })).entries[0];
  const started = proofEntry && epochProof.parse(JSON.parse(proofEntry.value));
  const proof = () => started;
  const dispatcher = new Dispatcher({ store, fleet, fence: lead.token, view, intents, nodes, log });
  const onLocal: HubParts['onLocal'] = (node, changes) => local.heard(node, changes);
  const hub = createHub({
    fleet,
    proof,
    version,
    view,
    nodeOf: enrolledNode(nodes),
    dispatcher,
    log,
    onLocal,
  });
  const intentsOf = (node: string) => dispatcher.intentsOf(node);
  const controller = new ChangeController({ store, clock, log, view, hub, intents, observer });
  const local = createLocalTakeUp({
    store,
    clock,
    log,
    view,
    intents,
    controller,
    observer,
    dispatcher,
  });
  const changes = new ChangeService({
    store,
    clock,
    view,
    hub,
    intents,
    backends,
    controller,
    observer,
    intentsOf,
  });
  const leases = createLeaseKeeper({ clock, log, intents, service: changes });
  changes.onRetry((change) => leases.confirm(change));
  const leasesNow = () => leases.standing();
  const alarms = telemetry.watch({
    view,
    dispatcher,
    intents,
    backends,
    intentsOf,
    leases: leasesNow,
    trouble,
  });
  const context: ServerContext = {
    version,
    clock,
    log,
    store,
    fleet,
    key,
    view,
    nodes,
    inventory,
    intents,
    backends,
    tokens,
    dispatcher,
    hub,
    controller,
    changes,
    events,
    alarms,
    metrics,
    intentsOf,
  };
  const inventories = keepInventory({ store, log });
  view.listen({ changed: () => controller.poke(), inventory: (node) => inventories.note(node) });
  intents.onChange(() => controller.poke());
  nodes.onChange(() => controller.poke());
  await controller.start();

  const app = await createApp(context, tls);
  app.server.on('upgrade', (request, socket, head) => hub.upgrade(request, socket, head));
  let listener: Awaited<ReturnType<typeof listenForMetrics>> | undefined;
  const stop = async () => {
    // Connections that end from here on end because this program does.
    view.listen({ event: () => undefined });
    leases.stop();
    controller.stop();
    hub.close();
    await app.close();
    await inventories.flush();
    await telemetry.stop();
    await listener?.close();
    stopping.abort();
    await lead.release().catch(() => undefined);
    await store.close();
  };
  const listenAll = async () => {
    if (options.metricsListen)
      listener = await listenForMetrics(options.metricsListen, () => metrics.expose());
    return listenOn(app.server, options, () => app.listen(options.listen));
  };
  const url = await listenAll().catch(async (thrown: unknown) => {
    await stop();
    throw thrown;
  });
  log.info({ url, fleet: fleet.id }, 'hafleet server is up');
  const { adminTokenFile, joinTokenFile } = identity;
  return { url, adminTokenFile, joinTokenFile, ...(listener ? { metricsUrl: listener.url } : {}), stop };
}
