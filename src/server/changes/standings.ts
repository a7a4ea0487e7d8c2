import { foreignText, speaksOurs } from '../agents/versions.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { isReachable, type NodeLive } from '../fleet/node-live.ts';
import { hasServerOf, instancesOf } from '../fleet/places.ts';
import { nodesInScope } from '../fleet/scope.ts';
import type { StoredIntent } from '../store/records.ts';
import type { InstanceStanding } from './progress.ts';

/** How every instance of the fleet stands now, for the intents of one change. */
export function standingsFor(view: FleetView, intents: readonly StoredIntent[]): InstanceStanding[] {
  const scopes = scopesOf(view, intents);
  return meantNodes(view, scopes).flatMap((name) =>
    instancesOf(view, name).map((instance) => standing(view, name, instance, scopes)),
  );
}

/** Nodes in scope that have told nothing since this server started: they may be there and had no time to say so. */
export function awaitedNodes(view: FleetView, intents: readonly StoredIntent[]): string[] {
  return meantNodes(view, scopesOf(view, intents)).filter((name) => view.node(name).instances.size === 0);
}

type Scopes = ReadonlyMap<string, ReadonlySet<string>>;

function scopesOf(view: FleetView, intents: readonly StoredIntent[]): Scopes {
  const nodes = view.records();
  return new Map(intents.map((intent) => [intent.id, new Set(nodesInScope(intent, nodes))]));
}

function meantNodes(view: FleetView, scopes: Scopes): string[] {
  return view.nodeNames().filter((name) => [...scopes.values()].some((scope) => scope.has(name)));
}

function standing(
  view: FleetView,
  node: string,
  instance: { readonly name: string; has(server: string): string[] },
  scopes: Scopes,
): InstanceStanding {
  const live = view.node(node);
  const known = live.instances.get(instance.name);
  const error = known?.report.reading === 'failing' ? known.report.error : undefined;
  return {
    node,
    instance: instance.name,
    reachable: isReachable(live, view.now()) && known !== undefined && speaksOurs(live.protocol),
    away: away(live, view.now()),
    awayCode: speaksOurs(live.protocol) ? 'agent-away' : 'protocol-differs',
    failing: error && { code: error.code, message: error.message },
    statuses: known?.statuses ?? new Map(),
    has: (intent) => hasServerOf(intent, instance),
    inScope: (intent) =>
      (scopes.get(intent.id)?.has(node) ?? false) &&
      (intent.instance === '*' || intent.instance === instance.name),
  };
}

function away({ link, heardAt, protocol }: NodeLive, now: number): string {
  if (link !== null && protocol !== null && !speaksOurs(protocol)) return foreignText(protocol);
  if (heardAt === null) return 'the agent has not been heard since the hafleet server started';
  const seconds = Math.round((now - heardAt) / 1000);
  return link === null
    ? `the agent is not connected, last heard ${seconds}s ago`
    : `the agent is silent for ${seconds}s`;
}
