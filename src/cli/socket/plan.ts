import { ApiError, type ChangePlan, type ChangeRequest } from '../../api/index.ts';
import {
  checkGuards,
  countCapacity,
  floorsOf,
  goalText,
  nearMisses,
  parseSelector,
  serverMatcher,
  type GuardedInstance,
  type ServerRef,
} from '../../model/index.ts';
import { SOCKET_INSTANCE, type SocketReading, type SocketServer } from './reading.ts';

export interface SocketPlan {
  readonly plan: ChangePlan;
  readonly servers: readonly SocketServer[];
}

/** What the change would do to this one HAProxy, held to the same guards as one over the fleet; `note` says how long it lasts. */
export function planOnSocket(
  request: ChangeRequest,
  reading: SocketReading,
  note: string = NOT_LASTING,
): SocketPlan {
  const servers = resolveTargets(request.targets, reading.servers);
  const instance = `${reading.node}/${SOCKET_INSTANCE}`;
  const takesOut =
    request.kind === 'disable' ||
    request.kind === 'drain' ||
    (request.kind === 'weight' && request.weight === 0);
  const places = servers.map(({ backend, server }) => ({ instance, backend, server }));
  const instances = [guarded(reading, servers)];
  const overrides = (request.overrides ?? []).map((guard) => ({ guard, reason: request.reason ?? '' }));
  const guards = checkGuards({ change: { takesOut, places, scope: [instance] }, instances, overrides });
  const capacity = countCapacity({
    instances,
    places: takesOut ? places : [],
    floorOf: floorsOf({}, undefined),
  });
  return {
    servers,
    plan: {
      transitions: servers.map(({ backend, server, state, row }) => ({
        backend,
        server,
        instances: [instance],
        from: request.kind === 'weight' ? `weight ${row.userWeight}` : state.word,
        to: goalText(request.kind, request.weight ?? row.initialWeight),
      })),
      effects: capacity.map(({ backend, usableNow, usableAfter, total, floor }) => ({
        backend,
        usableBefore: usableNow,
        usableAfter,
        servers: total,
        floor,
        instances: [instance],
      })),
      sessions: servers.reduce((sum, { sessions }) => sum + (sessions ?? 0), 0),
      skipped: [],
      pending: [],
      refusals: guards.refusals.map(({ guard, message, fits, override }) => ({
        guard,
        message,
        override,
        ...(fits === undefined ? {} : { fits }),
      })),
      overridden: guards.overridden.map(({ guard }) => guard),
      notes: [...guards.warnings, note],
    },
  };
}

/** Nothing to send: it is so already. */
export function isSoOnSocket(
  { kind, weight, drain }: ChangeRequest,
  servers: readonly SocketServer[],
): boolean {
  const every = (is: (server: SocketServer) => boolean) => servers.every(is);
  switch (kind) {
    case 'disable':
      return every(({ state }) => state.admin === 'maint');
    case 'drain':
      return drain === undefined && every(({ state }) => state.admin === 'drain');
    case 'enable':
      return every(({ state }) => state.admin === 'ready');
    case 'weight':
      return every(({ row }) => row.userWeight === (weight ?? row.initialWeight));
    case 'kill-sessions':
      return false;
  }
}

export const NOT_LASTING =
  'straight on this HAProxy: it does not last over a reload unless an agent holds it, and other load balancers do not know';

function guarded({ node, servers }: SocketReading, concerned: readonly SocketServer[]): GuardedInstance {
  const backends = new Set(concerned.map(({ backend }) => backend));
  return {
    instance: `${node}/${SOCKET_INSTANCE}`,
    node,
    ageMs: 0,
    servers: servers
      .filter(({ backend }) => backends.has(backend))
      .map(({ backend, server, state, backup }) => ({ backend, server, usable: state.usable, backup })),
  };
}

function resolveTargets(targets: readonly string[], servers: readonly SocketServer[]): SocketServer[] {
  const found = new Set(targets.flatMap((target) => resolveTarget(target, servers)));
  return servers.filter((server) => found.has(server));
}

function resolveTarget(target: string, servers: readonly SocketServer[]): SocketServer[] {
  const selector = parseSelector(target);
  if (!selector.ok)
    throw new ApiError('bad-target', `${target}: ${selector.error.message}`, { hint: selector.error.hint });
  const found = servers.filter(serverMatcher(selector.value));
  if (found.length > 0) return found;
  const known = servers.map(({ backend, server }: ServerRef) =>
    target.includes('/') ? `${backend}/${server}` : server,
  );
  const near = nearMisses(target, known);
  const hint = near.length === 0 ? {} : { hint: `did you mean ${near.join(' or ')}?` };
  throw new ApiError('unknown-server', `this HAProxy has no server \`${target}\``, hint);
}
