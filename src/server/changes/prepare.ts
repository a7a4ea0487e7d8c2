import { ApiError, type ChangePlan, type ParsedChangeRequest, type WireIntent } from '../../api/index.ts';
import type { Principal } from '../auth/authenticate.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { checkScope } from '../fleet/scope.ts';
import type { Mirror } from '../store/mirror.ts';
import type { BackendRecord, ChangeRecord, IntentRecord } from '../store/records.ts';
import { alreadySo } from './already.ts';
import { askGuards, floorsOfRecords } from './guard.ts';
import { previewChange, takesOut } from './preview.ts';
import { contentsOf, resolveTargets, type InstanceContents } from './resolve.ts';
import { withinBackends, withinNodes } from './within-scope.ts';

export interface PrepareParts {
  readonly view: FleetView;
  readonly intents: Mirror<IntentRecord>;
  readonly backends: Mirror<BackendRecord>;
  readonly intentsOf: (node: string) => readonly WireIntent[];
}

/** A change that was understood and judged, and not written. */
export interface PreparedChange {
  /** As asked, its node set limited to what the token reaches. */
  readonly request: ParsedChangeRequest;
  readonly targets: ChangeRecord['servers'];
  /** Every server on every instance; the instance is `node/name`. */
  readonly places: readonly { readonly instance: string }[];
  readonly plan: ChangePlan;
  readonly isAlreadySo: boolean;
}

/** Reads what was meant, among what is known of the fleet now, and asks the guards. Changes nothing. */
export function prepareChange(
  asked: ParsedChangeRequest,
  principal: Principal | undefined,
  { view, intents, backends, intentsOf }: PrepareParts,
): PreparedChange {
  const request = withinNodes(asked, view, principal);
  requireReason(request);
  const scope = scopeOf(request, view);
  const { targets, places } = withinBackends(resolveTargets(request.targets, scope), principal);
  const concerned = new Set(places.map(({ backend }) => backend));
  const judged = scope.map((one) => ({
    ...one,
    servers: one.servers.filter(({ backend }) => concerned.has(backend)),
  }));
  const floors = floorsOfRecords([...backends.entries].map(([name, { value }]) => [name, value] as const));
  const question = { view, scope: judged, places, floors, intentsOf };
  const guards = askGuards({
    ...question,
    // An instance known to have none of these backends has nothing to wait for; one that was never read may have them.
    scope: judged.filter(({ servers }, at) => servers.length > 0 || scope[at]?.servers.length === 0),
    takesOut: takesOut(request),
    overrides: request.overrides,
    reason: request.reason,
  });
  const plan = previewChange({ ...question, request, guards });
  return {
    request,
    targets: [...targets],
    places,
    plan,
    isAlreadySo: alreadySo({ request, targets, places, intents, view }),
  };
}

function requireReason({ overrides, reason }: ParsedChangeRequest): void {
  if (overrides.length > 0 && reason.trim() === '')
    throw new ApiError('reason-needed', 'overriding a guard needs a reason', { hint: 'add --reason "..."' });
}

function scopeOf(request: ParsedChangeRequest, view: FleetView): InstanceContents[] {
  const nodes = view.records();
  if (nodes.length === 0)
    throw new ApiError('empty-node-set', 'no node is enrolled in this fleet', {
      hint: 'start an agent: `hafleet agent --config FILE`',
    });
  const scope = contentsOf(view, checkScope(request, nodes), request.instance);
  // What was never read is unknown, not empty: a server's name that is right must not be called wrong.
  if (scope.every((one) => wasNeverRead(view, one)))
    throw new ApiError('fleet-not-read-yet', 'no instance in scope has ever been read', {
      retryable: true,
      hint: 'try again when `hafleet status` shows them; `hafleet node show NODE` tells why they cannot be read',
    });
  return scope;
}

function wasNeverRead(view: FleetView, { node, name, servers }: InstanceContents): boolean {
  return servers.length === 0 && (view.node(node).instances.get(name)?.readAt ?? null) === null;
}
