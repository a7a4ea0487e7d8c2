import { z } from 'zod';
import { statusAnswer } from '../../api/index.ts';
import { checkScope } from '../fleet/scope.ts';
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
    handler: (request, reply) => {
      const { on, exclude, backend } = request.query;
      const records = context.view.nodeNames().flatMap((name) => context.view.record(name) ?? []);
      const nodes =
        on === undefined && exclude === undefined
          ? undefined
          : new Set(checkScope({ on: on ?? '*', exclude }, records));
      const text = writer.write({
        ...(nodes ? { nodes } : {}),
        ...(backend === undefined ? {} : { backend }),
      });
      // Already JSON: tens of thousands of cells are not to be walked again by a serializer.
      void reply
        .type('application/json; charset=utf-8')
        .serializer(String)
        .send(text as never);
    },
  });
};
