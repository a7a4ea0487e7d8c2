import { SEVERITIES, type EventQuery, type FleetEvent, type TokenScope } from '../../api/index.ts';
import { evaluateNodeSet, foldNodeSet, matchesGlob, parseNodeSet } from '../../model/index.ts';
import { inBackends, inNodes, isUnlimited } from '../auth/scope.ts';

export interface EventPage {
  readonly items: FleetEvent[];
  /** The id to ask behind for the next page, when there is one. */
  readonly next?: number;
}

export interface EventFilter extends Omit<EventQuery, 'node'> {
  readonly scope: TokenScope;
  /** Events of any of these; undefined: of all, and of none. */
  readonly nodes?: ReadonlySet<string>;
}

/** The newest first, each as far as the token reaches. */
export function readEvents(events: readonly FleetEvent[], filter: EventFilter): EventPage {
  const { limit = 100, after = Number.POSITIVE_INFINITY } = filter;
  const items: FleetEvent[] = [];
  for (const event of events.toReversed()) {
    if (event.id >= after || !isWanted(event, filter)) continue;
    const seen = narrowEvent(event, filter.scope);
    if (!seen) continue;
    const last = items.at(-1);
    if (last && items.length === limit) return { items, next: last.id };
    items.push(seen);
  }
  return { items };
}

function isWanted(event: FleetEvent, { severity = 'info', code, since = 0, nodes }: EventFilter): boolean {
  return (
    SEVERITIES.indexOf(event.severity) >= SEVERITIES.indexOf(severity) &&
    event.at >= since &&
    (code === undefined || matchesGlob(code, event.code)) &&
    (nodes === undefined || nodesOf(event).some((node) => nodes.has(node)))
  );
}

/** An event as a token sees it: with the nodes it reaches alone; undefined when it is none of its business. */
export function narrowEvent(event: FleetEvent, scope: TokenScope): FleetEvent | undefined {
  if (isUnlimited(scope)) return event;
  const { node, backend } = event;
  if (node === undefined && backend === undefined) return undefined;
  const reaches = backend === undefined ? isOfNodeAlone(event) : inBackends(scope, backend);
  if (!reaches && !scope.backends.includes('*')) return undefined;
  if (node === undefined) return event;
  const nodes = nodesOf(event).filter((name) => inNodes(scope, name));
  return nodes.length === 0 ? undefined : { ...event, node: foldNodeSet(nodes) };
}

/** What an agent writes may name servers of any backend; what this server says of a node does not. */
function isOfNodeAlone({ source, change, node }: FleetEvent): boolean {
  return source === 'server' && change === undefined && node !== undefined;
}

/** Names alone: folded by us, so nothing in it needs the fleet to be read. */
function nodesOf({ node }: FleetEvent): readonly string[] {
  if (node === undefined) return [];
  if (!/[[,]/.test(node)) return [node];
  const parsed = parseNodeSet(node);
  return parsed.ok ? evaluateNodeSet(parsed.value, {}).names : [];
}
