import { foldNodeSet } from '../../model/index.ts';
import { compareNatural } from '../../lib/index.ts';
import { type Check, checkLoad } from './check-load.ts';
import { type Finding, about, remark } from './finding.ts';

/** What only somebody who sees all nodes can tell. */
export interface FleetFacts {
  readonly nodes: readonly FleetNodeFacts[];
  readonly servers: readonly FleetServer[];
  readonly instances: readonly {
    readonly node: string;
    readonly instance: string;
    readonly version: string;
  }[];
}

export interface FleetNodeFacts {
  readonly node: string;
  /** Agent's wall clock less the server's, in ms; the part that the way of the answer may account for is taken off. Null: unknown. */
  readonly skewMs: number | null;
}

/** A server as one instance reports it. */
export interface FleetServer {
  readonly node: string;
  readonly instance: string;
  readonly backend: string;
  readonly server: string;
  readonly address: string | null;
  readonly port: number;
  /** Absent where it is not checked, or tracks another server. */
  readonly checkIntervalMs?: number;
}

export const MAX_SKEW_MS = 2_000;

export function diagnoseFleet(facts: FleetFacts): Finding[] {
  return [
    ...about('', diagnoseClocks(facts)),
    ...about('', diagnoseVersions(facts)),
    ...diagnoseNames(facts),
    ...about('', checkLoad(facts.servers.flatMap(checkOf))),
  ];
}

function checkOf({ node, instance, backend, server, address, port, checkIntervalMs }: FleetServer): Check[] {
  if (checkIntervalMs === undefined) return [];
  const target = address === null ? `${backend}/${server}` : `${hostOf(address, node)}:${port}`;
  return [{ from: `${node}/${instance}`, backend, server, target, intervalMs: checkIntervalMs }];
}

/** On each node this is another machine. */
function hostOf(address: string, node: string): string {
  return address === '127.0.0.1' || address === '::1' ? node : address;
}

/** Nothing is timed by wall clocks; but leases, events and logs are read by people who compare them. */
function diagnoseClocks({ nodes }: FleetFacts) {
  const known = nodes.flatMap(({ node, skewMs }) => (skewMs === null ? [] : [{ node, skewMs }]));
  if (known.length === 0) return [];
  const off = known.filter(({ skewMs }) => Math.abs(skewMs) > MAX_SKEW_MS);
  if (off.length === 0) {
    const most = Math.max(...known.map(({ skewMs }) => Math.abs(skewMs)));
    return [remark('ok', 'clock-skew', `clock skew ${seconds(most)} at most`)];
  }
  return [
    remark(
      'warning',
      'clock-skew',
      `${off.length === 1 ? 'the clock' : 'the clocks'} of ${foldNodeSet(off.map(({ node }) => node))} ${off.length === 1 ? 'differs' : 'differ'} from the server’s by up to ${seconds(Math.max(...off.map(({ skewMs }) => Math.abs(skewMs))))}`,
      {
        evidence: off.map(
          ({ node, skewMs }) => `${node}: ${skewMs > 0 ? '+' : '-'}${seconds(Math.abs(skewMs))}`,
        ),
        fix: ['timedatectl set-ntp true'],
      },
    ),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function diagnoseVersions({ instances }: FleetFacts) {
  const nodes = new Map<string, string[]>();
  for (const { node, version } of instances) nodes.set(version, [...(nodes.get(version) ?? []), node]);
  if (nodes.size < 2) return [];
  const sets = [...nodes]
    .map(([version, names]) => ({ version, names: [...new Set(names)] }))
    .sort((a, b) => b.names.length - a.names.length || compareNatural(a.version, b.version));
  const spread = sets.map(({ version, names }) => `${foldNodeSet(names)} ${version}`);
  return [
    remark('warning', 'version-spread', `HAProxy versions differ: ${spread.join(', ')}`, {
      evidence: spread.map((text) => `show info: ${text}`),
      fix: ['the same version everywhere, one load balancer first'],
    }),
  ];
}

/** A command names servers by backend and name: those of one name had better be one thing. */
function diagnoseNames({ servers }: FleetFacts): Finding[] {
  const byName = new Map<string, FleetServer[]>();
  for (const server of servers) {
    const key = `${server.instance}\n${server.backend}/${server.server}`;
    const known = byName.get(key);
    if (known) known.push(server);
    else byName.set(key, [server]);
  }
  const differing = [...byName.values()].filter((list) => addressesOf(list).length > 1);
  return [...groupByInstance(differing)].flatMap(([instance, lists]) =>
    about(instance, [
      remark(
        'warning',
        'name-means-two-servers',
        `${lists.length === 1 ? 'one name means' : `${lists.length} names mean`} different addresses on different load balancers: a command takes all of them`,
        {
          evidence: lists.map(describeName),
          fix: ['one name for one server, or `--on` with every command'],
        },
      ),
    ]),
  );
}

function groupByInstance(lists: readonly FleetServer[][]): Map<string, FleetServer[][]> {
  const groups = new Map<string, FleetServer[][]>();
  for (const list of lists) {
    const name = list[0]?.instance ?? '';
    groups.set(name, [...(groups.get(name) ?? []), list]);
  }
  return groups;
}

function addressesOf(list: readonly FleetServer[]): string[] {
  return [...new Set(list.flatMap(({ address, port }) => (address === null ? [] : [`${address}:${port}`])))];
}

function describeName(list: readonly FleetServer[]): string {
  const [first] = list;
  const parts = addressesOf(list).map((target) => {
    const nodes = list.filter(({ address, port }) => `${address}:${port}` === target).map(({ node }) => node);
    return `${target} on ${foldNodeSet(nodes)}`;
  });
  return `${first?.backend ?? ''}/${first?.server ?? ''}: ${parts.join(', ')}`;
}
