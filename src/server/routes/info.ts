import { z } from 'zod';
import { API_VERSION, PROTOCOL, serverInfo } from '../../api/index.ts';
import { errorResponses, type Routes } from './route.ts';

export const infoRoutes: Routes = (app, context) => {
  app.route({
    method: 'GET',
    url: '/v1/health',
    schema: {
      summary: 'Is the server up? Needs no token and tells nothing else.',
      tags: ['info'],
      security: [],
      response: { 200: z.object({ ok: z.literal(true) }) },
    },
    config: { role: 'none' },
    handler: () => ({ ok: true as const }),
  });
  app.route({
    method: 'GET',
    url: '/v1/info',
    schema: {
      summary: 'Versions, fleet id, epoch and revision.',
      tags: ['info'],
      response: { 200: serverInfo, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: (request) => ({
      apiVersion: API_VERSION,
      version: context.version,
      protocol: `${PROTOCOL.major}.${PROTOCOL.minor}`,
      fleet: context.fleet.id,
      epoch: context.fleet.epoch,
      revision: context.dispatcher.revision(),
      token: request.principal.name,
    }),
  });
};
