import { eventList, eventQuery } from '../../api/index.ts';
import { readEvents } from '../events/read-events.ts';
import { nodesNamed } from '../fleet/scope.ts';
import { errorResponses, type Routes } from './route.ts';

export const eventRoutes: Routes = (app, { view, events }) => {
  app.route({
    method: 'GET',
    url: '/v1/events',
    schema: {
      summary: 'What happened: health, changes, nodes, reloads, refusals, drift. The newest first.',
      tags: ['fleet'],
      querystring: eventQuery,
      response: { 200: eventList, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: ({ query: { node, ...query }, principal: { scope } }) => {
      const records = view.records();
      const nodes = node === undefined ? {} : { nodes: nodesNamed(node, records) };
      return readEvents(events.all(), { ...query, ...nodes, scope });
    },
  });
};
