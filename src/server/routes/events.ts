import { z } from 'zod';
import { eventList } from '../../api/index.ts';
import { inNodes } from '../auth/scope.ts';
import { errorResponses, type Routes } from './route.ts';

export const eventRoutes: Routes = (app, { view }) => {
  app.route({
    method: 'GET',
    url: '/v1/events',
    schema: {
      summary: 'What agents saw and refused, newest first, since the server started.',
      tags: ['fleet'],
      querystring: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
      response: { 200: eventList, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: ({ query, principal }) => ({
      items: view
        .events(query.limit)
        .filter(({ node }) => node === undefined || inNodes(principal.scope, node)),
    }),
  });
};
