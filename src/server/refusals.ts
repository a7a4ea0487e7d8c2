import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { ApiError, API_ERRORS } from '../api/index.ts';

const HINT = 'GET /v1/openapi.json describes every request';

/** An error as every answer of the API bears it. */
export function errorBody({ code, message, hint, retryable, facts }: ApiError, requestId: string) {
  return { error: { code, message, retryable, facts, requestId, ...(hint === undefined ? {} : { hint }) } };
}

/** What the framework says of a request it could not take. */
export function requestError(thrown: unknown): ApiError | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const { code, statusCode, message } = thrown as { code?: unknown; statusCode?: unknown; message?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ApiError('too-large', 'the request is too large', { hint: 'one MiB is the most' });
  if (
    code === 'FST_ERR_VALIDATION' ||
    (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
  )
    return new ApiError('bad-request', String(message).slice(0, 1000), { hint: HINT });
  return undefined;
}

/** Addresses that cannot be decoded, or hold names of endless length: no route is asked, and no error handler either. */
export function refuseAddress(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error =
    requestError(thrown) ?? new ApiError('bad-request', 'the address cannot be read', { hint: HINT });
  void reply.status(API_ERRORS[error.code].status).send(errorBody(error, request.id));
}

/** HTTP/1.1 wants every request to name its host, and one that does not to be refused. */
export function refuseHostless({ raw: { httpVersion, headers } }: FastifyRequest): void {
  if (httpVersion === '1.1' && headers.host === undefined)
    throw new ApiError('bad-request', 'the request names no host', { hint: 'send a `Host` header' });
}

/** Bytes that are no HTTP request: there is no request yet to answer, so the answer is written by hand. */
export function refuseBytes(thrown: NodeJS.ErrnoException, socket: Socket): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const error =
    thrown.code === 'HPE_HEADER_OVERFLOW'
      ? new ApiError('too-large', 'the headers of the request are too large', {
          hint: 'sixteen KiB are the most',
        })
      : new ApiError('bad-request', 'this is not an HTTP request', { hint: HINT });
  const body = JSON.stringify(errorBody(error, randomUUID()));
  const { status } = API_ERRORS[error.code];
  const head = [
    `HTTP/1.1 ${status} ${status === 413 ? 'Payload Too Large' : 'Bad Request'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
