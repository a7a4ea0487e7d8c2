import type { Alarm } from '../../api/index.ts';
import { freshnessOf } from '../../model/index.ts';
import { isEnding } from '../changes/intents.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { ageMs, rowKey, type InstanceLive } from '../fleet/instance-live.ts';
import { isReachable } from '../fleet/node-live.ts';
import { countInstance, plainState } from '../fleet/plain-state.ts';
import type { Mirror } from '../store/mirror.ts';
import type { IntentRecord } from '../store/records.ts';
import type { computedSeries } from './series.ts';

export interface FleetSources {
  readonly view: FleetView;
  readonly intents: Mirror<IntentRecord>;
  alarms(): readonly Alarm[];
  dropped(): number;
  revision(): number;
  readonly wallMs: () => number;
}

type Series = ReturnType<typeof computedSeries>;

/** Sets every series that is read off the fleet; what has vanished from it vanishes here. */
export function setFleet(series: Series, sources: FleetSources, withServers: boolean): void {
  const { eventsDropped, ...gauges } = series;
  for (const [name, gauge] of Object.entries(gauges)) if (name !== 'buildInfo') gauge.clear();
  setNodes(series, sources);
  setServers(series, sources, withServers);
  setOverrides(series, sources);
  for (const { code, severity } of sources.alarms()) series.alarms.add({ code, severity });
  eventsDropped.setTotal({}, sources.dropped());
  series.revision.set({}, sources.revision());
}

function setNodes({ nodeInfo, nodeUp, lastPoll, drift }: Series, { view, wallMs }: FleetSources): void {
  const now = view.now();
  for (const name of view.nodeNames()) {
    const node = view.node(name);
    const lives = [...node.instances.values()];
    const isUp = isReachable(node, now) && lives.length > 0 && lives.every((live) => isRead(live, now));
    nodeUp.set({ node: name }, isUp ? 1 : 0);
    const oldest = Math.max(...lives.map((live) => ageMs(live, now) ?? Number.POSITIVE_INFINITY));
    if (Number.isFinite(oldest)) lastPoll.set({ node: name }, Math.round(wallMs() - oldest) / 1000);
    for (const { name: haproxy, report } of lives)
      nodeInfo.set(
        {
          node: name,
          haproxy,
          groups: report.groups.join(','),
          haproxy_version: report.worker?.version ?? '',
        },
        1,
      );
    const drifted = lives.flatMap(({ statuses }) =>
      [...statuses.values()].filter(({ status }) => status === 'drifted'),
    );
    drift.set({ node: name, kind: 'server' }, drifted.length);
  }
}

function isRead(live: InstanceLive, now: number): boolean {
  return live.report.reading === 'ok' && freshnessOf(ageMs(live, now) ?? undefined) === 'fresh';
}

const STATES = ['up', 'down', 'drain', 'maint', 'unknown'] as const;
type State = (typeof STATES)[number];

interface Tally {
  readonly backend: string;
  readonly server: string;
  readonly counts: Record<State, number>;
}

function setServers(series: Series, { view }: FleetSources, withServers: boolean): void {
  const now = view.now();
  const tallies = new Map<string, Tally>();
  const worst = new Map<string, number>();
  for (const live of view.instances()) {
    const isKnown = isReachable(view.node(live.node), now) && isRead(live, now);
    for (const row of live.servers.values()) {
      const { backend, server } = row;
      const tally = tallies.get(rowKey(row)) ?? { backend, server, counts: noCounts() };
      tallies.set(rowKey(row), tally);
      tally.counts[isKnown ? plainState(row).kind : 'unknown']++;
    }
    for (const { backend, usable, total } of isKnown ? countInstance(live).backends : [])
      worst.set(backend, Math.min(worst.get(backend) ?? 1, total === 0 ? 0 : usable / total));
  }
  for (const [backend, ratio] of worst) series.usableRatio.set({ backend }, ratio);
  setBackends(series, [...tallies.values()]);
  if (withServers) for (const tally of tallies.values()) setServer(series, tally);
}

function noCounts(): Record<State, number> {
  return { up: 0, down: 0, drain: 0, maint: 0, unknown: 0 };
}

function setServer({ serverStates, disagreeing }: Series, { backend, server, counts }: Tally): void {
  for (const state of STATES) serverStates.set({ backend, server, state }, counts[state]);
  const seen = [counts.up, counts.down, counts.drain, counts.maint];
  disagreeing.set({ backend, server }, seen.reduce((sum, count) => sum + count, 0) - Math.max(...seen));
}

/** The worst first: one load balancer that sees it down is what an operator looks for. */
const WORST: readonly State[] = ['down', 'maint', 'drain', 'up', 'unknown'];

function setBackends({ backendServers }: Series, tallies: readonly Tally[]): void {
  const byBackend = new Map<string, Record<State, number>>();
  for (const { backend, counts } of tallies) {
    const sum = byBackend.get(backend) ?? noCounts();
    byBackend.set(backend, sum);
    sum[WORST.find((state) => counts[state] > 0) ?? 'unknown']++;
  }
  for (const [backend, sum] of byBackend)
    for (const state of STATES) backendServers.set({ backend, state }, sum[state]);
}

function setOverrides({ overrides, oldestOverride }: Series, { intents, wallMs }: FleetSources): void {
  const oldest = new Map<string, number>();
  for (const { value } of intents.entries.values()) {
    if (isEnding(value)) continue;
    const kind = value.want.aspect === 'weight' ? 'weight' : value.want.state;
    const lease = value.until === undefined ? 'none' : value.until < wallMs() ? 'overdue' : 'active';
    overrides.add({ kind, lease });
    oldest.set(kind, Math.min(oldest.get(kind) ?? Number.POSITIVE_INFINITY, value.from));
  }
  for (const [kind, from] of oldest) oldestOverride.set({ kind }, from / 1000);
}
