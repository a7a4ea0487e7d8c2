import type { WireIntent } from '../../api/index.ts';
import {
  DEFAULT_FLOOR,
  floorCount,
  freshnessOf,
  parseFloor,
  type AlarmFacts,
  type BackendFacts,
  type DriftFacts,
  type InstanceFacts,
  type NodeFacts,
  type ServerFacts,
} from '../../model/index.ts';
import { stateOf } from '../fleet/cells.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { ageMs, type InstanceLive } from '../fleet/instance-live.ts';
import { isReachable } from '../fleet/node-live.ts';
import { countInstance, plainState } from '../fleet/plain-state.ts';
import { stateIntents, type StateIntents } from '../fleet/winning.ts';
import type { Mirror } from '../store/mirror.ts';
import type { BackendRecord, IntentRecord } from '../store/records.ts';
import type { StoreTrouble } from '../store/watch-trouble.ts';
import { readHolds, type LeaseWord } from './holds.ts';
import type { Refusals } from './refusals.ts';

export interface FactsParts {
  readonly view: FleetView;
  readonly intents: Mirror<IntentRecord>;
  readonly backends: Mirror<BackendRecord>;
  readonly refusals: Refusals;
  intentsOf(node: string): readonly WireIntent[];
  /** How the leases stand that this server counts. */
  leases(): ReadonlyMap<string, LeaseWord>;
  trouble(): StoreTrouble | undefined;
  /** Changes with the intents. */
  revision(): number;
  wallMs(): number;
  upMs(): number;
}

/** Reads one moment of the fleet after the other. What did not change since the last one is not looked at again. */
export function createFactsReader(parts: FactsParts): () => AlarmFacts {
  const { view } = parts;
  let kept: { key: string; servers: readonly ServerFacts[] } = { key: '', servers: [] };

  const servers = (current: readonly InstanceLive[]) => {
    const versions = current.map(({ node, name, version }) => `${node}/${name}:${version}`);
    const key = `${parts.revision()}|${versions.join(',')}`;
    if (kept.key !== key) kept = { key, servers: serverFacts(current, parts) };
    return kept.servers;
  };

  return () => {
    const now = view.now();
    const lives = view.instances();
    const instances = lives.map((live) => instanceFacts(view, live, now));
    const current = lives.filter((_, at) => isCurrent(instances[at]));
    return {
      upMs: parts.upMs(),
      nodes: view.nodeNames().map((name) => nodeFacts(parts, name, now)),
      instances,
      backends: current.flatMap((live) => backendFacts(live, parts)),
      servers: servers(current),
      holds: readHolds(parts.intents, parts.leases(), parts.wallMs()),
      drifts: current.flatMap((live) => driftFacts(live, parts)),
      store: parts.trouble(),
    };
  };
}

function nodeFacts({ view, refusals }: FactsParts, name: string, now: number): NodeFacts {
  const node = view.node(name);
  return {
    node: name,
    connected: isReachable(node, now),
    silentMs: node.heardAt === null ? undefined : now - node.heardAt,
    standing: node.standing ?? undefined,
    refusal: refusals.of(name),
  };
}

/** Of the others nothing is proven. */
function isCurrent(facts: InstanceFacts | undefined): boolean {
  return facts !== undefined && facts.connected && facts.reading === 'ok' && facts.freshness === 'fresh';
}

function instanceFacts(view: FleetView, live: InstanceLive, now: number): InstanceFacts {
  const { node, name, report } = live;
  const age = ageMs(live, now) ?? undefined;
  return {
    node,
    instance: name,
    connected: isReachable(view.node(node), now),
    reading: live.readAt === null ? 'never' : report.reading,
    ageMs: age,
    freshness: freshnessOf(age),
    error: report.error,
    survivesReload: report.survivesReload,
  };
}

function backendFacts(live: InstanceLive, { backends }: FactsParts): BackendFacts[] {
  return countInstance(live).backends.map(({ backend, usable, total }) => {
    const text = backends.entries.get(backend)?.value.minHealthy;
    const parsed = text === undefined || text === null ? undefined : parseFloor(text);
    const floor = floorCount(parsed?.ok ? parsed.value : DEFAULT_FLOOR, total);
    return { node: live.node, instance: live.name, backend, usable, total, floor };
  });
}

/** Written out, for in an outage this is every server of the fleet. */
function serverFacts(lives: readonly InstanceLive[], parts: FactsParts): ServerFacts[] {
  const found: ServerFacts[] = [];
  const seen = new Map<string, number>();
  for (const live of lives) {
    const { odd } = countInstance(live);
    if (odd.size === 0) continue;
    const intents = stateIntents(parts.intentsOf(live.node), live.name);
    for (const [key, row] of odd) {
      const { kind } = plainState(row);
      if (kind === 'up') continue;
      const seenOn = seen.get(key) ?? lives.filter(({ servers }) => servers.has(key)).length;
      seen.set(key, seenOn);
      found.push({
        node: live.node,
        instance: live.name,
        backend: row.backend,
        server: row.server,
        state: kind,
        check: row.check ?? '',
        unexplained: kind !== 'down' && isUnexplained(row, intents),
        seenOn,
      });
    }
  }
  return found;
}

/** By command, and by nothing else that would say why. What an intent wants otherwise is drift. */
function isUnexplained(row: Parameters<typeof stateOf>[0], intents: StateIntents): boolean {
  if (intents.winner(row, 'state')) return false;
  const { adminCauses } = stateOf(row, intents);
  return adminCauses.length > 0 && adminCauses.every((cause) => cause === 'operator');
}

function driftFacts({ node, statuses }: InstanceLive, { intents }: FactsParts): DriftFacts[] {
  return [...statuses.values()].flatMap(({ id, status }) => {
    const intent = status === 'drifted' ? intents.entries.get(id)?.value : undefined;
    if (!intent) return [];
    const { change, backend, server } = intent;
    return [{ node, change, backend, server }];
  });
}
