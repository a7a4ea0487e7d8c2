import { z } from 'zod';
import { API_VERSION, ApiError, doctorAnswer } from '../../api/index.ts';
import type { Principal } from '../auth/authenticate.ts';
import { inNodes } from '../auth/scope.ts';
import { examineFleet } from '../doctor/examine.ts';
import { checkScope } from '../fleet/scope.ts';
import { errorResponses, type Routes } from './route.ts';

const querystring = z.object({
  on: z.string().max(10_000).optional(),
  exclude: z.string().max(10_000).optional(),
});

export const doctorRoutes: Routes = (app, context) => {
  app.route({
    method: 'GET',
    url: '/v1/doctor',
    schema: {
      summary:
        'Has each node look at its HAProxy, configuration and agent, and says what is wrong. Reads alone; ten seconds at most.',
      tags: ['fleet'],
      querystring,
      response: { 200: doctorAnswer, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: async ({ query: { on, exclude }, principal }) => {
      requireAllBackends(principal);
      const records = context.view.records();
      const asked =
        on === undefined && exclude === undefined
          ? records.map(({ name }) => name)
          : checkScope({ on: on ?? '*', exclude }, records);
      const nodes = asked.filter((name) => inNodes(principal.scope, name));
      return {
        apiVersion: API_VERSION,
        kind: 'Doctor' as const,
        generatedAt: context.clock.wallMs(),
        nodes,
        items: await examineFleet(context, nodes),
      };
    },
  });
};

/** Configurations are quoted as they are: whoever reaches some backends only may not read the lines of the others. */
function requireAllBackends({ name, scope }: Principal): void {
  if (scope.backends.includes('*')) return;
  throw new ApiError(
    'out-of-scope',
    `the token ${name} does not reach every backend, and the doctor reads them all`,
    {
      hint: 'use a token that reaches all backends of these nodes',
    },
  );
}
