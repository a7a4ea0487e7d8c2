import { z } from 'zod';
import { ApiError, backendPatch, backendSettings, haproxyName } from '../../api/index.ts';
import { nearMisses } from '../../model/index.ts';
import { requireBackends } from '../auth/scope.ts';
import type { ServerContext } from '../context.ts';
import { KEYS } from '../store/keys.ts';
import { errorResponses, type Routes } from './route.ts';

const params = z.object({ name: haproxyName });

export const backendRoutes: Routes = (app, context) => {
  app.route({
    method: 'GET',
    url: '/v1/backends/:name',
    schema: {
      summary: 'What is set for a backend.',
      tags: ['backends'],
      params,
      response: { 200: backendSettings, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: ({ params: { name }, principal }) => {
      requireBackends(principal, [name]);
      return show(context, name);
    },
  });
  app.route({
    method: 'PATCH',
    url: '/v1/backends/:name',
    schema: {
      summary: 'Sets the capacity floor: a number of servers or a percentage; null for the default.',
      tags: ['backends'],
      params,
      body: backendPatch,
      response: { 200: backendSettings, ...errorResponses },
    },
    config: { role: 'operator' },
    handler: async (request) => {
      const { name } = request.params;
      requireBackends(request.principal, [name]);
      checkKnown(context, name);
      const { minHealthy } = request.body;
      const { revision } = await context.store.txn({
        success: [{ type: 'put', key: KEYS.backend(name), value: JSON.stringify({ minHealthy }) }],
      });
      await context.backends.until(revision);
      return show(context, name);
    },
  });
};

function show(context: ServerContext, name: string) {
  checkKnown(context, name);
  return { name, minHealthy: context.backends.entries.get(name)?.value.minHealthy ?? null };
}

function checkKnown(context: ServerContext, name: string): void {
  const known = new Set(
    context.view.instances().flatMap((live) => [...live.servers.values()].map(({ backend }) => backend)),
  );
  if (known.has(name) || context.backends.entries.has(name)) return;
  const near = nearMisses(name, known);
  throw new ApiError('unknown-backend', `no instance has a backend ${name}`, {
    hint:
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`hafleet backend list` shows what there is',
  });
}
