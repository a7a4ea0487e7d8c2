import {
  addProcessMetrics,
  createMetricRegistry,
  DURATION_BUCKETS,
  type Clock,
  type MetricRegistry,
} from '../../lib/index.ts';
import type { InstanceView } from '../instance/view.ts';
import type { InstanceMeter } from './meter.ts';

export interface AgentMetrics {
  meterOf(instance: string): InstanceMeter;
  /** Where to look when somebody asks. */
  watch(sources: AgentSources): void;
  expose(): string;
  describe: MetricRegistry['describe'];
}

export interface AgentSources {
  readonly views: readonly InstanceView[];
  /** Servers of the fleet that this agent is connected to now. */
  connected(): number;
}

/** The series of one agent. `haproxy` is the name of an instance: Prometheus has its own meaning for `instance`. */
export function createAgentMetrics({
  version,
  clock,
}: {
  readonly version: string;
  readonly clock: Clock;
}): AgentMetrics {
  const registry = createMetricRegistry();
  const series = seriesOf(registry);
  addProcessMetrics(registry);
  let sources: AgentSources = { views: [], connected: () => 0 };
  registry.onCollect(() => {
    series.buildInfo.set({ version }, 1);
    series.connected.set({}, sources.connected());
    for (const { local, reading, readAtMs } of sources.views) {
      series.up.set({ haproxy: local.name }, reading === 'ok' ? 1 : 0);
      if (readAtMs === null) continue;
      const at = clock.wallMs() - (clock.monotonicMs() - readAtMs);
      series.lastPoll.set({ haproxy: local.name }, Math.round(at) / 1000);
    }
  });
  return {
    meterOf: (haproxy) => ({
      polled: (seconds) => series.polls.observe({ haproxy }, seconds),
      pollFailed: (code) => series.pollErrors.add({ haproxy, code }),
      newWorker: () => series.reloads.add({ haproxy }),
      operated: (kind, result) => series.operations.add({ haproxy, kind, result }),
    }),
    watch(wanted) {
      sources = wanted;
    },
    expose: () => registry.expose(),
    describe: () => registry.describe(),
  };
}

function seriesOf(registry: MetricRegistry) {
  return {
    buildInfo: registry.gauge({
      name: 'hafleet_agent_build_info',
      help: 'Version of the agent; the value is 1.',
      labels: ['version'],
    }),
    connected: registry.gauge({
      name: 'hafleet_agent_connected_servers',
      help: 'Hafleet servers this agent is connected to.',
    }),
    up: registry.gauge({
      name: 'hafleet_agent_haproxy_up',
      help: 'Whether the last reading of this instance was good.',
      labels: ['haproxy'],
    }),
    lastPoll: registry.gauge({
      name: 'hafleet_agent_poll_last_success_timestamp_seconds',
      help: 'When this instance was last read.',
      labels: ['haproxy'],
    }),
    polls: registry.histogram({
      name: 'hafleet_agent_poll_duration_seconds',
      help: 'A reading of all servers, with what followed from it.',
      labels: ['haproxy'],
      buckets: DURATION_BUCKETS,
    }),
    pollErrors: registry.counter({
      name: 'hafleet_agent_poll_errors_total',
      help: 'Readings that failed, by code.',
      labels: ['haproxy', 'code'],
    }),
    reloads: registry.counter({
      name: 'hafleet_agent_reloads_total',
      help: 'New workers seen: reloads and restarts, by anyone.',
      labels: ['haproxy'],
    }),
    operations: registry.counter({
      name: 'hafleet_agent_operations_total',
      help: 'Run-time operations by kind and result: ok, or the code of the failure.',
      labels: ['haproxy', 'kind', 'result'],
    }),
  };
}
