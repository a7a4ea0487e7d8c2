import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { errorAnswer } from '../../api/index.ts';
import type { ServerContext } from '../context.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Adds the routes of one noun. Each route declares its whole shape beside its handler. */
export type Routes = (app: App, context: ServerContext) => void;

/** The error answers of every route, for the OpenAPI document. */
export const errorResponses = { '4xx': errorAnswer, '5xx': errorAnswer } as const;
