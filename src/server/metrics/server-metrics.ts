import type { InstanceReport } from '../../api/index.ts';
import { addProcessMetrics, createMetricRegistry, type Clock } from '../../lib/index.ts';
import type { ChangeObserver } from '../changes/observer.ts';
import type { InstanceLive } from '../fleet/instance-live.ts';
import type { ChangeRecord } from '../store/records.ts';
import { setFleet, type FleetSources } from './set-fleet.ts';
import { computedSeries, countedSeries } from './series.ts';

export interface ServerMetrics {
  readonly changes: ChangeObserver;
  /** A report that is not folded into what is known yet. */
  reporting(live: InstanceLive, incoming: InstanceReport): void;
  answered(
    request: { readonly route: string; readonly method: string; readonly code: number },
    seconds: number,
  ): void;
  refused(reason: string): void;
  /** Where to look when somebody asks; without it there are only the counters. */
  watch(sources: FleetSources): void;
  /** `servers: false` leaves the series of single servers out: five for each. */
  expose(options?: { readonly servers?: boolean }): string;
  describe: ReturnType<typeof createMetricRegistry>['describe'];
}

/** Labels name nodes, backends and servers: never a person, a token, a reason or a change. */
export function createServerMetrics({
  version,
  clock,
}: {
  readonly version: string;
  readonly clock: Clock;
}): ServerMetrics {
  const registry = createMetricRegistry();
  const computed = computedSeries(registry);
  const counted = countedSeries(registry);
  addProcessMetrics(registry);
  let sources: FleetSources | undefined;
  let withServers = true;
  registry.onCollect(() => {
    computed.buildInfo.set({ version }, 1);
    if (sources) setFleet(computed, sources, withServers);
  });
  const began = new Map<number, number>();

  const sourceOf = ({ who, source }: Pick<ChangeRecord, 'who'> & { readonly source?: string | undefined }) =>
    source ?? (who.startsWith('lease of ') ? 'lease' : 'api');

  return {
    changes: {
      accepted({ number, overridden }) {
        began.set(number, clock.monotonicMs());
        for (const guard of overridden) counted.guardOverrides.add({ guard });
      },
      refused: ({ kind, who }) => counted.changes.add({ kind, source: sourceOf({ who }), result: 'refused' }),
      moved(record: ChangeRecord, before) {
        if (before !== 'running' || record.state === 'running') return;
        const { kind, state, number } = record;
        counted.changes.add({ kind, source: sourceOf(record), result: state });
        const start = began.get(number);
        if (start !== undefined)
          counted.changeDuration.observe({ kind }, (clock.monotonicMs() - start) / 1000);
        began.delete(number);
      },
    },
    reporting({ node, report: before }, { reading, error, worker }) {
      const isNews = before.reading !== 'failing' || before.error?.code !== error?.code;
      if (reading === 'failing' && isNews) counted.pollErrors.add({ node, reason: error?.code ?? 'unknown' });
      const isNew = before.worker && worker && workerOf(before.worker) !== workerOf(worker);
      if (isNew) counted.reloads.add({ node });
    },
    answered: ({ route, method, code }, seconds) =>
      counted.requests.observe({ route, method, code: String(code) }, seconds),
    refused: (reason) => counted.authFailures.add({ reason }),
    watch(wanted) {
      sources = wanted;
    },
    expose({ servers = true } = {}) {
      withServers = servers;
      return registry.expose();
    },
    describe: () => registry.describe(),
  };
}

function workerOf({ pid, startedAt }: NonNullable<InstanceReport['worker']>): string {
  return `${pid} ${startedAt}`;
}
