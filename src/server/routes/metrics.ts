import { z } from 'zod';
import { ApiError } from '../../api/index.ts';
import { METRICS_CONTENT_TYPE } from '../../lib/index.ts';
import { isUnlimited } from '../auth/scope.ts';
import { errorResponses, type Routes } from './route.ts';

const query = z.object({
  servers: z
    .enum(['on', 'off'])
    .default('on')
    .meta({ description: 'off: without the series of single servers, five for each.' }),
});

export const metricsRoutes: Routes = (app, { metrics }) => {
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      summary: 'The fleet and this server in Prometheus’ text format.',
      tags: ['info'],
      querystring: query,
      response: { 200: z.string(), ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: ({ query: { servers }, principal: { name, scope } }, reply) => {
      if (!isUnlimited(scope))
        throw new ApiError(
          'out-of-scope',
          `the token ${name} reaches a part of the fleet; metrics tell all of it`,
          {
            hint: 'use a viewer token without a scope: `hafleet token create prometheus --role viewer`',
          },
        );
      void reply
        .type(METRICS_CONTENT_TYPE)
        .serializer(String)
        .send(metrics.expose({ servers: servers === 'on' }));
    },
  });
};
