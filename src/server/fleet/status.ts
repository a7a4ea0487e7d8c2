import { API_VERSION, type Alarm, type InstanceView, type StatusAnswer } from '../../api/index.ts';
import { compareNatural, type Clock } from '../../lib/index.ts';
import { freshnessOf, matchesGlob } from '../../model/index.ts';
import type { WireIntent } from '../../api/index.ts';
import type { StoredIntent } from '../store/records.ts';
import { cellOf, driftedIntents } from './cells.ts';
import type { FleetView } from './fleet-view.ts';
import { ageMs, rowKey, type InstanceLive } from './instance-live.ts';
import { isReachable } from './node-live.ts';
import { stateIntents } from './winning.ts';

export interface StatusParts {
  readonly view: FleetView;
  readonly clock: Clock;
  readonly fleetId: string;
  /** Intents of one node, as sent to it. */
  intentsOf(node: string): readonly WireIntent[];
  intents(): readonly StoredIntent[];
  floors(): Record<string, string>;
  readonly defaultFloor: string;
  /** Store revision of intents and membership: cells are decoded with the intents. */
  revision(): number;
}

export interface StatusFilter {
  readonly nodes?: ReadonlySet<string>;
  /** Globs of backend names. */
  readonly backends?: readonly string[];
}

interface Kept {
  readonly key: string;
  readonly text: string;
}

/**
 * Writes the status answer. An instance's column of cells is kept as text until its rows, its intents or the list of
 * servers change: in a quiet fleet, an answer with tens of thousands of cells is a handful of strings joined.
 */
export function createStatusWriter(parts: StatusParts) {
  const kept = new WeakMap<InstanceLive, Kept>();
  let list: { key: string; rows: ServerRow[] } = { key: '', rows: [] };

  const column = (live: InstanceLive, rows: readonly ServerRow[], listKey: string): string => {
    const key = `${live.version}|${parts.revision()}|${listKey}`;
    const known = kept.get(live);
    if (known?.key === key) return known.text;
    const text = JSON.stringify(cellsOf(live, rows, parts.intentsOf(live.node)));
    kept.set(live, { key, text });
    return text;
  };

  return {
    /** The whole answer as JSON text. */
    write(filter: StatusFilter = {}, alarms: readonly Alarm[] = []): string {
      const instances = parts.view.instances().filter(({ node }) => filter.nodes?.has(node) ?? true);
      const key = listKey(instances, filter);
      if (list.key !== key) list = { key, rows: serverRows(instances, filter) };
      const { rows } = list;
      const head: Omit<StatusAnswer, 'cells'> = {
        apiVersion: API_VERSION,
        kind: 'Status',
        generatedAt: parts.clock.wallMs(),
        fleet: parts.fleetId,
        instances: [
          ...instances.map((live) => viewOf(parts.view, live)),
          ...silentInstances(parts.view, filter),
        ],
        servers: rows,
        floors: parts.floors(),
        defaultFloor: parts.defaultFloor,
        intents: visible(parts.intents(), filter).map((intent) => ({
          ...intent,
          overdue: intent.until !== undefined && intent.until < parts.clock.wallMs(),
        })),
        alarms: [...alarms],
      };
      const cells = instances.map((live) => column(live, rows, key)).join(',');
      return `${JSON.stringify(head).slice(0, -1)},"cells":[${cells}]}`;
    },
  };
}

function visible(intents: readonly StoredIntent[], { backends }: StatusFilter): readonly StoredIntent[] {
  if (!backends) return intents;
  return intents.filter(
    ({ backend }) => backend === '*' || backends.some((glob) => matchesGlob(glob, backend)),
  );
}

interface ServerRow {
  readonly backend: string;
  readonly server: string;
  readonly checksPerSecond: number;
}

/** Any change of rows makes a new version; the list of servers is made again then, which is cheap beside decoding. */
function listKey(instances: readonly InstanceLive[], { backends = [] }: StatusFilter): string {
  return `${backends.join(' ')}|${instances.map(({ node, name, inventoryVersion }) => `${node}/${name}:${inventoryVersion}`).join(',')}`;
}

function serverRows(instances: readonly InstanceLive[], { backends }: StatusFilter): ServerRow[] {
  const rows = new Map<string, { backend: string; server: string; checksPerSecond: number }>();
  for (const live of instances)
    for (const row of live.servers.values()) {
      if (backends && !backends.some((glob) => matchesGlob(glob, row.backend))) continue;
      const known = rows.get(rowKey(row)) ?? { backend: row.backend, server: row.server, checksPerSecond: 0 };
      if (row.checkIntervalMs) known.checksPerSecond += 1000 / row.checkIntervalMs;
      rows.set(rowKey(row), known);
    }
  return [...rows.values()]
    .map((row) => ({ ...row, checksPerSecond: Math.round(row.checksPerSecond * 100) / 100 }))
    .sort((a, b) => compareNatural(a.backend, b.backend) || compareNatural(a.server, b.server));
}

function cellsOf(live: InstanceLive, rows: readonly ServerRow[], nodeIntents: readonly WireIntent[]) {
  const intents = stateIntents(nodeIntents, live.name);
  const drifted = driftedIntents(live);
  return rows.map((key) => {
    const row = live.servers.get(rowKey(key));
    if (!row) return null;
    const isDrifted = (['state', 'weight'] as const).some((aspect) =>
      drifted.has(intents.winner(row, aspect)?.id ?? ''),
    );
    return cellOf(row, intents, isDrifted);
  });
}

export function viewOf(view: FleetView, live: InstanceLive): InstanceView {
  const { report } = live;
  const age = ageMs(live, view.now());
  const error = report.error;
  return {
    node: live.node,
    instance: live.name,
    groups: report.groups,
    mode: report.mode,
    connected: isReachable(view.node(live.node), view.now()),
    reading: live.readAt === null ? 'never' : report.reading,
    ageMs: age,
    freshness: freshnessOf(age ?? undefined),
    haproxy: report.worker?.version ?? null,
    level: report.level ?? null,
    survivesReload: report.survivesReload ?? null,
    error: error
      ? {
          code: error.code,
          message: error.message,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        }
      : null,
  };
}

/** Instances that are only known from the store: their node has not spoken since this server started. */
export function silentInstances(view: FleetView, { nodes }: StatusFilter = {}): InstanceView[] {
  return view
    .nodeNames()
    .filter((name) => nodes?.has(name) ?? true)
    .flatMap((name) =>
      view
        .inventory(name)
        .filter((stored) => !view.node(name).instances.has(stored.name))
        .map((stored) => silentView(name, stored)),
    );
}

function silentView(node: string, { name, groups }: { name: string; groups: string[] }): InstanceView {
  return {
    node,
    instance: name,
    groups,
    mode: 'observe',
    connected: false,
    reading: 'never',
    ageMs: null,
    freshness: 'unknown',
    haproxy: null,
    level: null,
    survivesReload: null,
    error: { code: 'not-heard', message: 'the agent has not reported since the hafleet server started' },
  };
}
