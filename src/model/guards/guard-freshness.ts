import { freshnessOf } from '../server-state/index.ts';
import { foldInstances, howToInsist } from './text.ts';
import type { GuardedInstance, GuardRefusal, GuardRequest, PendingInstance } from './types.ts';

/** One node in ten may be away, and one always: a fleet of any size has somebody rebooting. */
const PENDING_SHARE = 0.1;

/**
 * Instances in scope that cannot be read now. One that is known to have none of the servers has nothing to wait for;
 * one that was never read may have them.
 */
export function pendingInstances(request: GuardRequest): PendingInstance[] {
  return concerned(request).flatMap(({ instance, node, ageMs }) => {
    const freshness = freshnessOf(ageMs);
    return freshness === 'fresh' ? [] : [{ instance, node, freshness }];
  });
}

export function checkFreshness(request: GuardRequest): GuardRefusal[] {
  const all = concerned(request);
  const pending = pendingInstances(request);
  const nodes = new Set(all.map(({ node }) => node)).size;
  const away = new Set(pending.map(({ node }) => node)).size;
  const allowed = Math.max(1, Math.floor(nodes * PENDING_SHARE));
  if (away === 0 || (away <= allowed && pending.length < all.length)) return [];
  const on = foldInstances(pending);
  const limit = pending.length === all.length ? 'none can be read' : `at most ${allowed} may be pending`;
  return [
    {
      guard: 'freshness',
      message: `${away} of ${nodes} nodes cannot be read now: ${on}; ${limit}.`,
      override: howToInsist('freshness'),
      facts: { nodes, away, allowed, on },
    },
  ];
}

function concerned({ change, instances }: GuardRequest): GuardedInstance[] {
  const scope = new Set(change.scope);
  const having = new Set(change.places.map(({ instance }) => instance));
  return instances.filter(
    ({ instance, servers }) => having.has(instance) || (scope.has(instance) && servers.length === 0),
  );
}
