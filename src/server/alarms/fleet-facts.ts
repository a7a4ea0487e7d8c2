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
  wallMs(): number;
  upMs(): number;
}

/** One moment of the fleet. Rows that did not change since the last one are not decoded again. */
export function readFacts(parts: FactsParts): AlarmFacts {
  const { view } = parts;
  const now = view.now();
  const lives = view.instances();
  const instances = lives.map((live) => instanceFacts(view, live, now));
  const current = lives.filter((_, at) => isCurrent(instances[at]));
  return {
    upMs: parts.upMs(),
    nodes: view.nodeNames().map((name) => {
      const node = view.node(name);
      return {
        node: name,
        connected: isReachable(node, now),
        silentMs: node.heardAt === null ? undefined : now - node.heardAt,
        standing: node.standing ?? undefined,
        refusal: parts.refusals.of(name),
      };
    }),
    instances,
    backends: current.flatMap((live) => backendFacts(live, parts)),
    servers: serverFacts(current, parts),
    holds: readHolds(parts.intents, parts.leases(), parts.wallMs()),
    drifts: current.flatMap((live) => driftFacts(live, parts)),
    store: parts.trouble(),
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

function serverFacts(lives: readonly InstanceLive[], parts: FactsParts): ServerFacts[] {
  const seen = new Map<string, number>();
  const seenOn = (key: string) => {
    const known = seen.get(key) ?? lives.filter(({ servers }) => servers.has(key)).length;
    seen.set(key, known);
    return known;
  };
  return lives.flatMap((live) => {
    const { odd } = countInstance(live);
    if (odd.size === 0) return [];
    const intents = stateIntents(parts.intentsOf(live.node), live.name);
    return [...odd].flatMap(([key, row]): ServerFacts[] => {
      const { kind } = plainState(row);
      if (kind === 'up') return [];
      const { backend, server, check = '' } = row;
      const unexplained = kind !== 'down' && isUnexplained(row, intents);
      const about = { node: live.node, instance: live.name, backend, server, check };
      return [{ ...about, state: kind, unexplained, seenOn: seenOn(key) }];
    });
  });
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
