import { z } from 'zod';
import { statusAnswer } from '../../api/index.ts';
import { alarmsInScope, selectAlarms } from '../alarms/select-alarms.ts';
import type { Principal } from '../auth/authenticate.ts';
import { inNodes, isUnlimited, requireBackends } from '../auth/scope.ts';
import { checkScope, type ScopeText } from '../fleet/scope.ts';
import type { NodeRecord } from '../store/records.ts';
import { createStatusWriter } from '../fleet/status.ts';
import { errorResponses, type Routes } from './route.ts';

const query = z.object({
  on: z.string().max(10_000).optional(),
  exclude: z.string().max(10_000).optional(),
  backend: z.string().max(1000).optional(),
});

/** Half, rounded up, at least one: what holds where `backend set` said nothing. */
const DEFAULT_FLOOR = '50%';

export const statusRoutes: Routes = (app, context) => {
  const writer = createStatusWriter({
    view: context.view,
    clock: context.clock,
    fleetId: context.fleet.id,
    intentsOf: (node) => context.intentsOf(node),
    intents: () =>
      [...context.intents.entries.values()].map(({ value, revision }) => ({ ...value, revision })),
    floors: () =>
      Object.fromEntries(
        [...context.backends.entries].flatMap(([name, { value }]) =>
          value.minHealthy === null ? [] : [[name, value.minHealthy]],
        ),
      ),
    defaultFloor: DEFAULT_FLOOR,
    revision: () => context.dispatcher.revision(),
  });
  app.route({
    method: 'GET',
    url: '/v1/status',
    schema: {
      summary: 'Every server on every instance, with the age of each reading.',
      tags: ['fleet'],
      querystring: query,
      response: { 200: statusAnswer, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: (request, reply) => {
      const { on, exclude, backend } = request.query;
      const { scope } = request.principal;
      const records = context.view.records();
      const isWhole = on === undefined && exclude === undefined && isUnlimited(scope);
      const nodes = isWhole ? undefined : nodesOf({ on: on ?? '*', exclude }, records, request.principal);
      if (backend !== undefined) requireBackends(request.principal, [backend]);
      const filter = {
        ...(nodes ? { nodes } : {}),
        ...(backend === undefined && isUnlimited(scope)
          ? {}
          : { backends: backend === undefined ? scope.backends : [backend] }),
      };
      const alarms = selectAlarms(alarmsInScope(context.alarms.open(), scope), filter);
      const text = writer.write(filter, alarms);
      // Already JSON: tens of thousands of cells are not to be walked again by a serializer.
      void reply
        .type('application/json; charset=utf-8')
        .serializer(String)
        .send(text as never);
    },
  });
};

/** What was asked for, less what the token does not reach. */
function nodesOf(asked: ScopeText, records: readonly NodeRecord[], { scope }: Principal): Set<string> {
  return new Set(checkScope(asked, records).filter((node) => inNodes(scope, node)));
}
