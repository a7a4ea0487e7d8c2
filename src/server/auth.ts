import type { FastifyRequest } from 'fastify';
import { ApiError } from '../api/index.ts';
import { sha256 } from '../lib/index.ts';
import type { Mirror } from './store/mirror.ts';
import type { TokenRecord } from './store/records.ts';

/** Who asks, by the name of the token. Tokens are looked up by digest: nothing here compares secrets byte by byte. */
export function authenticate(request: FastifyRequest, tokens: Mirror<TokenRecord>): string {
  const secret = bearer(request);
  const token = tokens.entries.get(sha256(secret))?.value;
  if (token) return token.name;
  throw new ApiError('token-wrong', 'this token is not known to the hafleet server', {
    hint: 'the first token lies in admin.token in the data folder of the server; `hafleet context show` names the file in use',
  });
}

/** The bearer token of a request. */
export function bearer(request: FastifyRequest): string {
  const secret = /^Bearer (\S{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (secret !== undefined) return secret;
  throw new ApiError('token-missing', 'this needs a token', {
    hint: 'send it as `Authorization: Bearer …`; the CLI takes it from its context',
  });
}
