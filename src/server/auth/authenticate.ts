import type { FastifyRequest } from 'fastify';
import { ApiError, includesRole, type Role } from '../../api/index.ts';
import { sha256, type Clock } from '../../lib/index.ts';
import type { Mirror } from '../store/mirror.ts';
import type { TokenRecord } from '../store/records.ts';

/** Who asks: the record of the token, as it stands in the store at this moment. */
export type Principal = TokenRecord;

export interface AuthParts {
  readonly tokens: Mirror<TokenRecord>;
  readonly clock: Clock;
}

/**
 * Tokens are looked up by digest: nothing here compares secrets byte by byte. Asked on every request, from a mirror that
 * follows the store, so a revoked token is refused from the next request on.
 */
export function authenticate(request: FastifyRequest, { tokens, clock }: AuthParts): Principal {
  const token = tokens.entries.get(sha256(bearer(request)))?.value;
  if (!token)
    throw new ApiError('token-wrong', 'this token is not known to the hafleet server', {
      hint: 'it may have been revoked; `hafleet context show` names the file in use',
    });
  if (token.expiresAt !== undefined && token.expiresAt <= clock.wallMs())
    throw new ApiError('token-expired', `the token ${token.name} has come to its end`, {
      hint: 'ask an admin for a new one: `hafleet token create`',
    });
  return token;
}

export function requireRole({ name, role }: Principal, needed: Role): void {
  if (includesRole(role, needed)) return;
  throw new ApiError('role-too-low', `the token ${name} has role ${role}; this needs ${needed}`, {
    hint: 'use a token with that role, or ask an admin for one',
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
