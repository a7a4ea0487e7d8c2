import type { ParsedChangeRequest } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import type { Principal } from '../auth/authenticate.ts';
import { inNodes, isUnlimited, requireBackends, requireNodes } from '../auth/scope.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { placesOf } from '../fleet/places.ts';
import { checkScope, nodesInScope } from '../fleet/scope.ts';
import type { ChangeRecord } from '../store/records.ts';
import type { ResolvedTargets } from './resolve.ts';

/** A token with a limited scope means by `*` the nodes it reaches, and they are fixed by name when it is accepted. */
export function withinNodes(
  request: ParsedChangeRequest,
  view: FleetView,
  principal: Principal | undefined,
): ParsedChangeRequest {
  if (!principal || principal.scope.nodes.includes('*')) return request;
  const nodes = checkScope(request, view.records());
  const reached = nodes.filter((node) => inNodes(principal.scope, node));
  if (request.on !== '*' || reached.length === 0) requireNodes(principal, nodes);
  const { exclude: _evaluated, ...rest } = request;
  return { ...rest, on: foldNodeSet(reached) };
}

/** By a bare server name it means the backends where it stands now, and must reach all of them. */
export function withinBackends(resolved: ResolvedTargets, principal: Principal | undefined): ResolvedTargets {
  if (!principal || principal.scope.backends.includes('*')) return resolved;
  requireBackends(
    principal,
    resolved.places.map(({ backend }) => backend),
  );
  const named = new Map(
    resolved.places.map(({ backend, server }) => [`${backend}/${server}`, { backend, server }]),
  );
  return { ...resolved, targets: [...named.values()] };
}

/** Everything a change means must be within reach of whoever undoes or repeats it. */
export function requireReach(
  { servers, on, exclude }: ChangeRecord,
  view: FleetView,
  principal: Principal,
): void {
  if (isUnlimited(principal.scope)) return;
  const nodes = nodesInScope({ on, exclude }, view.records());
  requireNodes(principal, nodes);
  const places = servers.flatMap(({ backend, server }) =>
    placesOf(view, nodes, server).filter((place) => backend === '*' || place.backend === backend),
  );
  const named = servers.filter(({ backend }) => backend !== '*');
  requireBackends(
    principal,
    [...places, ...named].map(({ backend }) => backend),
  );
}
