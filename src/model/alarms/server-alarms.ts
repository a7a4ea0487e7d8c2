import { groupBy } from '../guards/group-by.ts';
import type { AlarmFacts, DriftFacts, OpenAlarm, ServerFacts } from './types.ts';

/** Servers that are down everywhere, out and nobody said why, or not as an intent wants them. */
export function serverAlarms({ servers, drifts }: AlarmFacts): OpenAlarm[] {
  return [
    ...stateAlarms(servers),
    ...[...groupBy(drifts, (one) => `${one.change} ${serverName(one)}`).values()].flatMap(drift),
  ];
}

/** In an outage these are all servers of a fleet, and the same list is asked about every second. */
const known = new WeakMap<readonly ServerFacts[], readonly OpenAlarm[]>();

function stateAlarms(servers: readonly ServerFacts[]): readonly OpenAlarm[] {
  const before = known.get(servers);
  if (before) return before;
  const found = [...groupBy(servers, serverName).values()].flatMap((places) => [
    ...unexplained(places),
    ...down(places),
  ]);
  known.set(servers, found);
  return found;
}

function unexplained(places: readonly ServerFacts[]): OpenAlarm[] {
  const out = places.filter((one) => one.unexplained);
  const [first] = out;
  if (!first) return [];
  const states = [...new Set(out.map(({ state }) => (state === 'maint' ? 'MAINT' : 'DRAIN')))].sort();
  return [
    {
      ...about(out, first),
      code: 'out-unexplained',
      severity: 'critical',
      message: `${serverName(first)} is in ${states.join(' and ')} by hand, and nobody said why`,
      command: `hafleet server enable ${serverName(first)}`,
    },
  ];
}

/** Down for some is their disagreement, which status tells; down for all is the server's own trouble. */
function down(places: readonly ServerFacts[]): OpenAlarm[] {
  const red = places.filter(({ state }) => state === 'down');
  const [first] = red;
  if (!first || red.length < first.seenOn) return [];
  const checks = [...new Set(red.map(({ check }) => check).filter((check) => check !== ''))].sort();
  return [
    {
      ...about(red, first),
      code: 'server-down',
      severity: 'warning',
      message: `${serverName(first)} is DOWN for every load balancer${checks.length === 0 ? '' : `: ${checks.join(', ')}`}`,
      command: `hafleet server show ${serverName(first)}`,
    },
  ];
}

function drift(places: readonly DriftFacts[]): OpenAlarm[] {
  const [first] = places;
  if (!first) return [];
  return [
    {
      code: 'drift',
      severity: 'warning',
      subject: `${first.change}:${serverName(first)}`,
      ...(first.backend === '*' ? {} : { backend: first.backend }),
      nodes: nodesOf(places),
      message: `${serverName(first)} is not as ${first.change} wants it: somebody changed it by hand`,
      command: `hafleet change retry ${first.change}`,
    },
  ];
}

function about(places: readonly ServerFacts[], first: ServerFacts) {
  return { subject: serverName(first), backend: first.backend, nodes: nodesOf(places) };
}

function nodesOf(places: readonly { readonly node: string }[]): string[] {
  return [...new Set(places.map(({ node }) => node))];
}

function serverName({ backend, server }: { readonly backend: string; readonly server: string }): string {
  return backend === '*' ? server : `${backend}/${server}`;
}
