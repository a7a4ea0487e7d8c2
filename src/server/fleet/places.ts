import type { ServerReport } from '../../api/index.ts';
import { means, type IntentTarget } from '../../model/index.ts';
import type { IntentRecord } from '../store/records.ts';
import type { FleetView } from './fleet-view.ts';
import { rowKey, type InstanceLive } from './instance-live.ts';

/** Backends per server name; made again when servers come or go. */
const index = new WeakMap<InstanceLive, { version: number; backends: Map<string, string[]> }>();

function backendsByServer(live: InstanceLive): Map<string, string[]> {
  const known = index.get(live);
  if (known?.version === live.inventoryVersion) return known.backends;
  const backends = new Map<string, string[]>();
  for (const { backend, server } of live.servers.values()) {
    const known = backends.get(server);
    if (known) known.push(backend);
    else backends.set(server, [backend]);
  }
  index.set(live, { version: live.inventoryVersion, backends });
  return backends;
}

/** The instances of a node and the servers of each: as reported, else as stored. */
export function instancesOf(
  view: FleetView,
  node: string,
): { name: string; has: (server: string) => string[] }[] {
  const live = [...view.node(node).instances.values()].map((one) => ({
    name: one.name,
    has: (server: string) => backendsByServer(one).get(server) ?? [],
  }));
  const stored = view
    .inventory(node)
    .filter(({ name }) => !view.node(node).instances.has(name))
    .map(({ name, servers }) => ({ name, has: (server: string) => storedBackends(servers, server) }));
  return [...live, ...stored];
}

function storedBackends(servers: readonly string[], server: string): string[] {
  return servers
    .filter((key) => key.endsWith(`/${server}`))
    .map((key) => key.slice(0, key.length - server.length - 1));
}

/** Everywhere a server name stands on these nodes. */
export function placesOf(
  view: FleetView,
  nodes: readonly string[],
  server: string,
): (IntentTarget & { node: string })[] {
  return nodes.flatMap((node) =>
    instancesOf(view, node).flatMap(({ name, has }) =>
      has(server).map((backend) => ({ node, instance: name, backend, server })),
    ),
  );
}

/** The servers of one instance that an intent means, found by name: a change asks at every report, of every instance. */
export function rowsOf(
  live: InstanceLive,
  intent: Pick<IntentRecord, 'instance' | 'backend' | 'server'>,
): ServerReport[] {
  return (backendsByServer(live).get(intent.server) ?? [])
    .filter((backend) => means(intent, live.name, { backend, server: intent.server }))
    .flatMap((backend) => live.servers.get(rowKey({ backend, server: intent.server })) ?? []);
}

export function hasServerOf(
  intent: Pick<IntentRecord, 'instance' | 'backend' | 'server'>,
  instance: { readonly name: string; has(server: string): string[] },
): boolean {
  return instance
    .has(intent.server)
    .some((backend) => means(intent, instance.name, { backend, server: intent.server }));
}
