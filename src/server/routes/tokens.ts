import { z } from 'zod';
import { ApiError, identifier, tokenAnswer, tokenList, tokenRequest, tokenView } from '../../api/index.ts';
import { compareNatural } from '../../lib/index.ts';
import type { Principal } from '../auth/authenticate.ts';
import { isUnlimited } from '../auth/scope.ts';
import { createToken, revokeToken, tokenViewOf } from '../auth/tokens.ts';
import { errorResponses, type Routes } from './route.ts';

export const tokenRoutes: Routes = (app, { store, clock, tokens, events }) => {
  app.route({
    method: 'GET',
    url: '/v1/tokens',
    schema: {
      summary: 'All tokens, without their secrets.',
      tags: ['tokens'],
      response: { 200: tokenList, ...errorResponses },
    },
    config: { role: 'admin' },
    handler: () => ({
      items: [...tokens.entries.values()]
        .map(({ value }) => tokenViewOf(value, clock.wallMs()))
        .sort((a, b) => compareNatural(a.name, b.name)),
    }),
  });
  app.route({
    method: 'POST',
    url: '/v1/tokens',
    schema: {
      summary: 'Makes a token. The answer holds its secret, shown this once.',
      tags: ['tokens'],
      body: tokenRequest,
      response: { 200: tokenAnswer, ...errorResponses },
    },
    config: { role: 'admin' },
    handler: async ({ body, principal }) => {
      requireUnlimited(principal);
      const { token, secret, revision } = await createToken(store, body, {
        clock,
        createdBy: principal.name,
      });
      await tokens.until(revision);
      const message = `token ${token.name} made: ${token.role}`;
      events.add({ severity: 'info', code: 'token-created', who: principal.name, message });
      return { token, secret };
    },
  });
  app.route({
    method: 'DELETE',
    url: '/v1/tokens/:name',
    schema: {
      summary: 'Ends a token at once.',
      tags: ['tokens'],
      params: z.object({ name: identifier }),
      response: { 200: tokenView, ...errorResponses },
    },
    config: { role: 'admin' },
    handler: async ({ params: { name }, principal }) => {
      requireUnlimited(principal);
      const { token, revision } = await revokeToken(store, name, clock);
      await tokens.until(revision);
      const message = `token ${name} revoked`;
      events.add({ severity: 'info', code: 'token-revoked', who: principal.name, message });
      return token;
    },
  });
};

/** Who reaches a part of the fleet only could make a token that reaches more. */
function requireUnlimited({ name, scope }: Principal): void {
  if (isUnlimited(scope)) return;
  throw new ApiError(
    'out-of-scope',
    `the token ${name} reaches a part of the fleet and may not make or end tokens`,
    {
      hint: 'use an admin token without a scope',
    },
  );
}
