import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import { jsonSchemaTransform, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { randomUUID } from 'node:crypto';
import { ApiError, API_ERRORS, type Role } from '../api/index.ts';
import { authenticate, requireRole, type Principal } from './auth/authenticate.ts';
import type { ServerContext } from './context.ts';
import { toApiError } from './errors.ts';
import { errorBody, refuseAddress, refuseBytes, refuseHostless, requestError } from './refusals.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { backendRoutes } from './routes/backends.ts';
import { changeRoutes } from './routes/changes.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { eventRoutes } from './routes/events.ts';
import { infoRoutes } from './routes/info.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { nodeRoutes } from './routes/nodes.ts';
import type { App, Routes } from './routes/route.ts';
import { statusRoutes } from './routes/status.ts';
import { tokenRoutes } from './routes/tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The token that asks. */
    principal: Principal;
  }
  interface FastifyContextConfig {
    /** The least role that may; `none`: needs no API token and says so itself. Every route has one, by test. */
    role?: Role | 'none';
  }
}

const ROUTES: readonly Routes[] = [
  infoRoutes,
  statusRoutes,
  doctorRoutes,
  nodeRoutes,
  backendRoutes,
  changeRoutes,
  eventRoutes,
  alarmRoutes,
  metricsRoutes,
  tokenRoutes,
];

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** The REST API over a running server's parts. Not listening yet. */
export async function createApp(context: ServerContext, tls?: TlsFiles): Promise<App> {
  const options = {
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
    clientErrorHandler: refuseBytes,
    frameworkErrors: refuseAddress,
  } as const;
  // Node would answer a request without a host by itself, with an empty 400.
  const http = { requireHostHeader: false } as const;
  const app = (tls
    ? Fastify({ ...options, https: { ...tls, ...http } })
    : Fastify({ ...options, http })
  ).withTypeProvider<ZodTypeProvider>() as unknown as App;
  app.setValidatorCompiler(checkSafely);
  // Answers are plain data of ours; tests hold them to their schemas, which would cost more than the work on each answer.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    refuseHostless(request);
    const { role = 'admin' } = request.routeOptions.config;
    if (request.is404 || role === 'none') return;
    request.principal = authenticate(request, context);
    requireRole(request.principal, role);
  });
  app.addHook('onResponse', async ({ routeOptions, method, is404 }, { statusCode, elapsedTime }) => {
    const route = is404 ? 'none' : (routeOptions.url ?? 'none');
    context.metrics.answered({ route, method, code: statusCode }, elapsedTime / 1000);
  });
  answerErrors(app, context);
  await describe(app, context.version);
  for (const routes of ROUTES) routes(app, context);
  return app;
}

/** What the library throws instead of refusing is a request that is no good all the same. */
const checkSafely: typeof validatorCompiler = (route) => {
  const check = validatorCompiler(route);
  return (data: unknown) => {
    try {
      return check(data);
    } catch (cause) {
      return {
        error: new ApiError('bad-request', 'the request holds a value that cannot be checked', { cause }),
      };
    }
  };
};

function answerErrors(app: App, { log, metrics }: ServerContext): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = requestError(thrown) ?? toApiError(thrown);
    if (error.code === 'internal')
      log.error({ requestId: request.id, url: request.url, err: thrown }, 'internal error');
    const { status } = API_ERRORS[error.code];
    if (status === 401 || status === 403) metrics.refused(error.code);
    return reply.status(status).send(errorBody(error, request.id));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new ApiError('not-found', 'there is nothing at this address', {
      hint: 'GET /v1/openapi.json lists all there is',
    });
    return reply.status(404).send(errorBody(error, request.id));
  });
}

/** The role a route needs stands in the document too. */
const describeRoute: typeof jsonSchemaTransform = (route) => {
  const described = jsonSchemaTransform(route);
  const { role = 'admin' } = route.route.config ?? {};
  return { ...described, schema: { ...described.schema, 'x-hafleet-role': role } };
};

async function describe(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'hafleet',
        version,
        description: 'Operate a fleet of HAProxy load balancers as one thing.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: describeRoute,
  });
  app.get(
    '/v1/openapi.json',
    { schema: { summary: 'This document.', tags: ['info'] }, config: { role: 'viewer' } },
    () => app.swagger(),
  );
}
