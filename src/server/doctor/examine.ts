import type { DoctorAnswer, DoctorFinding } from '../../api/index.ts';
import { type FleetFacts, diagnoseFleet } from '../../plan/index.ts';
import type { OperationOutcome } from '../agents/operations.ts';
import type { ServerContext } from '../context.ts';
import { isReachable } from '../fleet/node-live.ts';

type Item = DoctorAnswer['items'][number];
type Parts = Pick<ServerContext, 'clock' | 'hub' | 'view'>;

interface Visit {
  readonly node: string;
  readonly findings: readonly DoctorFinding[];
  readonly skewMs: number | null;
}

/** Has every node look at itself, all at the same time, and adds what only the server can tell. Never rejects. */
export async function examineFleet(parts: Parts, nodes: readonly string[]): Promise<Item[]> {
  const visits = await Promise.all(nodes.map((node) => visit(parts, node)));
  return [
    ...diagnoseFleet(fleetFacts(parts, visits)).map((one) => item('', one)),
    ...visits.flatMap(({ node, findings }) => findings.map((one) => item(node, one))),
  ];
}

function item(node: string, { id, severity, subject, evidence, verdict, fix }: ReadonlyFinding): Item {
  return { node, id, severity, subject, evidence: [...evidence], verdict, fix: [...fix] };
}

type ReadonlyFinding = Omit<DoctorFinding, 'evidence' | 'fix'> & {
  readonly evidence: readonly string[];
  readonly fix: readonly string[];
};

async function visit({ clock, hub, view }: Parts, node: string): Promise<Visit> {
  const live = view.node(node);
  const silent = (finding: DoctorFinding): Visit => ({ node, findings: [finding], skewMs: null });
  if (!isReachable(live, view.now())) return silent(notHeard('the agent is not connected'));
  const beganMs = clock.wallMs();
  const outcome = await hub.run(node, { kind: 'doctor' });
  if (!outcome.ok) return silent(unanswered(outcome, live.agentVersion));
  return {
    node,
    findings: outcome.findings ?? [],
    skewMs: outcome.at === undefined ? null : outside(outcome.at, beganMs, clock.wallMs()),
  };
}

/** How far a moment lies outside a span: inside it, the way of the answer accounts for all of it. */
function outside(at: number, from: number, to: number): number {
  return at < from ? at - from : Math.max(0, at - to);
}

function unanswered({ code, message = '' }: OperationOutcome, version: string | null): DoctorFinding {
  if (code === 'timed-out' || code === 'node-unreachable')
    return notHeard('the agent did not answer in time');
  if (code === 'operation-unknown')
    return {
      ...finding(
        'info',
        'agent-too-old',
        `the agent is too old to be asked (${version ?? 'unknown version'})`,
      ),
      fix: ['upgrade hafleet on that node; until then `hafleet doctor --socket PATH` there'],
    };
  return { ...finding('unknown', 'examination-failed', 'the agent could not look'), evidence: [message] };
}

function notHeard(verdict: string): DoctorFinding {
  return {
    ...finding('unknown', 'node-silent', `${verdict}: nothing is known of this node`),
    fix: ['`hafleet node show NODE` tells when it was heard last; is `hafleet agent` running there?'],
  };
}

function finding(severity: DoctorFinding['severity'], id: string, verdict: string): DoctorFinding {
  return { id, severity, subject: '', evidence: [], verdict, fix: [] };
}

function fleetFacts({ view }: Parts, visits: readonly Visit[]): FleetFacts {
  const names = new Set(visits.map(({ node }) => node));
  const instances = view.instances().filter(({ node }) => names.has(node));
  return {
    nodes: visits.map(({ node, skewMs }) => ({ node, skewMs })),
    instances: instances.flatMap(({ node, name, report }) =>
      report.worker ? [{ node, instance: name, version: report.worker.version }] : [],
    ),
    servers: instances.flatMap(({ node, name, servers }) =>
      [...servers.values()].map(({ backend, server, address, port, checkIntervalMs, tracked }) => ({
        node,
        instance: name,
        backend,
        server,
        address,
        port,
        ...(checkIntervalMs !== undefined && tracked !== true && { checkIntervalMs }),
      })),
    ),
  };
}
