import { z } from 'zod';
import { change, changeAnswer, changeList, changeRequest, GUARDS, reasonText } from '../../api/index.ts';
import { authenticate } from '../auth/authenticate.ts';
import { seesChange } from '../auth/scope.ts';
import { unknownChange } from '../changes/refusals.ts';
import { KEYS, PREFIXES } from '../store/keys.ts';
import { changeNumber, changeRecord } from '../store/records.ts';
import { errorResponses, type Routes } from './route.ts';

const params = z.object({ id: z.string().max(50) });
const waitMs = z.coerce.number().int().min(0).max(60_000).default(0);

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.string().max(50).optional(),
  active: z.enum(['true', 'false']).optional(),
});

export const changeRoutes: Routes = (app, context) => {
  const { changes, controller, store } = context;
  app.route({
    method: 'POST',
    url: '/v1/changes',
    schema: {
      summary:
        'Makes a change, or, with `dryRun`, shows what it would do. `change` is null when everything is already so.',
      tags: ['changes'],
      body: changeRequest,
      response: { 200: changeAnswer, ...errorResponses },
    },
    config: { role: 'operator' },
    handler: ({ body, principal }) => changes.accept(body, { who: principal.name, principal }),
  });
  app.route({
    method: 'GET',
    url: '/v1/changes',
    schema: {
      summary: 'Changes, newest first.',
      tags: ['changes'],
      querystring: listQuery,
      response: { 200: changeList, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: async (request) => {
      const { limit, after, active } = request.query;
      const from = after === undefined ? undefined : changeNumber(after);
      if (after !== undefined && from === undefined) throw unknownChange(after);
      const page = await store.range({
        prefix: PREFIXES.changes,
        order: 'descending',
        limit,
        ...(from === undefined ? {} : { after: KEYS.change(from) }),
      });
      const all = page.entries.map(({ value }) =>
        controller.viewOfStored(changeRecord.parse(JSON.parse(value))),
      );
      const last = all.at(-1)?.id;
      const items = all
        .filter((one) => active !== 'true' || one.active || one.state === 'running')
        .filter((one) => seesChange(request.principal.scope, one));
      return { items, ...(page.more && last !== undefined ? { next: last } : {}) };
    },
  });
  app.route({
    method: 'GET',
    url: '/v1/changes/:id',
    schema: {
      summary: 'One change. With `waitMs`, waits until its version is no longer `seen`.',
      tags: ['changes'],
      params,
      querystring: z.object({ waitMs, seen: z.coerce.number().int().optional() }),
      response: { 200: change, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: async (request) => {
      const number = changeNumber(request.params.id);
      const now = number === undefined ? undefined : await controller.show(number);
      if (number === undefined || !now || !seesChange(request.principal.scope, now))
        throw unknownChange(request.params.id);
      await controller.waitFor(number, request.query.seen ?? now.version, request.query.waitMs);
      // A token that was revoked while this waited sees nothing more.
      authenticate(request, context);
      return (await controller.show(number)) ?? now;
    },
  });
  app.route({
    method: 'POST',
    url: '/v1/changes/:id/retry',
    schema: {
      summary: 'Says a change again: what failed is tried, what was undone by hand is done.',
      tags: ['changes'],
      params,
      body: z.object({ waitMs }),
      response: { 200: changeAnswer, ...errorResponses },
    },
    config: { role: 'operator' },
    handler: ({ params, principal, body }) => changes.retry(params.id, principal, body.waitMs),
  });
  app.route({
    method: 'POST',
    url: '/v1/changes/:id/undo',
    schema: {
      summary:
        'Takes a change back: what it replaced holds again, or the servers come in through the health gate.',
      tags: ['changes'],
      params,
      body: z.object({
        reason: reasonText.default(''),
        waitMs,
        dryRun: z.boolean().default(false),
        overrides: z.array(z.enum(GUARDS)).default([]),
      }),
      response: { 200: changeAnswer, ...errorResponses },
    },
    config: { role: 'operator' },
    handler: ({ params, principal, body }) => changes.undo(params.id, principal, body),
  });
};
