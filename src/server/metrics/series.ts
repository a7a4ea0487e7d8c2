import { DURATION_BUCKETS, type MetricRegistry } from '../../lib/index.ts';

/** A change may wait for a gate or a drain. */
const CHANGE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** What is counted as it happens. */
export function countedSeries(registry: MetricRegistry) {
  return {
    pollErrors: registry.counter({
      name: 'hafleet_node_poll_errors_total',
      help: 'How often reading an instance of this node began to fail, by code.',
      labels: ['node', 'reason'],
    }),
    reloads: registry.counter({
      name: 'hafleet_node_reloads_total',
      help: 'New workers seen on this node: reloads and restarts, by anyone.',
      labels: ['node'],
    }),
    changes: registry.counter({
      name: 'hafleet_changes_total',
      help: 'Changes by what became of them at first: done, partial, failed, superseded, timed-out, undone, or refused by a guard.',
      labels: ['kind', 'source', 'result'],
    }),
    changeDuration: registry.histogram({
      name: 'hafleet_change_duration_seconds',
      help: 'From the acceptance of a change until it was settled, on every instance in reach.',
      labels: ['kind'],
      buckets: CHANGE_BUCKETS,
    }),
    guardOverrides: registry.counter({
      name: 'hafleet_guard_overrides_total',
      help: 'Changes that went against a guard on purpose.',
      labels: ['guard'],
    }),
    requests: registry.histogram({
      name: 'hafleet_http_request_duration_seconds',
      help: 'Requests to the API. Those that wait for a change take as long as it does.',
      labels: ['route', 'method', 'code'],
      buckets: DURATION_BUCKETS,
    }),
    authFailures: registry.counter({
      name: 'hafleet_auth_failures_total',
      help: 'Requests without a token that may, by code of the refusal.',
      labels: ['reason'],
    }),
  };
}

/** What is worked out from the fleet when somebody asks. */
export function computedSeries(registry: MetricRegistry) {
  return {
    buildInfo: registry.gauge({
      name: 'hafleet_build_info',
      help: 'Version of the hafleet server; the value is 1.',
      labels: ['version'],
    }),
    nodeInfo: registry.gauge({
      name: 'hafleet_node_info',
      help: 'Each instance with its HAProxy; the value is 1.',
      labels: ['node', 'haproxy', 'groups', 'haproxy_version'],
    }),
    nodeUp: registry.gauge({
      name: 'hafleet_node_up',
      help: 'Whether the agent is connected and every instance of the node is read.',
      labels: ['node'],
    }),
    lastPoll: registry.gauge({
      name: 'hafleet_node_poll_last_success_timestamp_seconds',
      help: 'When the node was last read as a whole: the oldest of its instances.',
      labels: ['node'],
    }),
    serverStates: registry.gauge({
      name: 'hafleet_server_state_nodes',
      help: 'On how many instances a server is in this state; unknown where nothing fresh is known. Left out with ?servers=off.',
      labels: ['backend', 'server', 'state'],
    }),
    disagreeing: registry.gauge({
      name: 'hafleet_server_disagreeing_nodes',
      help: 'How many instances see a server otherwise than most. Left out with ?servers=off.',
      labels: ['backend', 'server'],
    }),
    usableRatio: registry.gauge({
      name: 'hafleet_backend_usable_ratio',
      help: 'Usable servers of a backend, on the instance that has the least.',
      labels: ['backend'],
    }),
    backendServers: registry.gauge({
      name: 'hafleet_backend_servers',
      help: 'Servers of a backend by the worst state any instance sees.',
      labels: ['backend', 'state'],
    }),
    overrides: registry.gauge({
      name: 'hafleet_overrides',
      help: 'Intents that hold servers, by kind, and by lease: active, overdue, none.',
      labels: ['kind', 'lease'],
    }),
    oldestOverride: registry.gauge({
      name: 'hafleet_override_oldest_start_timestamp_seconds',
      help: 'When the oldest intent of this kind was made.',
      labels: ['kind'],
    }),
    drift: registry.gauge({
      name: 'hafleet_drift_objects',
      help: 'What was done on this node and undone by hand.',
      labels: ['node', 'kind'],
    }),
    alarms: registry.gauge({
      name: 'hafleet_alarms',
      help: 'Open alarms.',
      labels: ['code', 'severity'],
    }),
    eventsDropped: registry.counter({
      name: 'hafleet_events_dropped_total',
      help: 'Events that could not be kept.',
    }),
    revision: registry.gauge({
      name: 'hafleet_desired_revision',
      help: 'Store revision of the newest desired state.',
    }),
  };
}
