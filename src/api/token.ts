import { z } from 'zod';
import { identifier, milliseconds, wallTime } from './wire.ts';

/** viewer reads; operator changes servers and settings of backends; admin also removes nodes and makes tokens. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const glob = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9_.:*?-]+$/, 'must be a name or a glob with `*` and `?`');

/** What a token may see and touch, by globs. A server is in scope when its backend and its node are. */
export const tokenScope = z.object({
  backends: z.array(glob).max(100).default(['*']),
  nodes: z.array(glob).max(100).default(['*']),
  sites: z.array(glob).max(100).default(['*']),
});
export type TokenScope = z.infer<typeof tokenScope>;

export const tokenView = z.object({
  name: identifier,
  role: z.enum(ROLES),
  scope: tokenScope,
  createdAt: wallTime,
  createdBy: z.string(),
  expiresAt: wallTime.optional(),
  expired: z.boolean(),
});
export type TokenView = z.infer<typeof tokenView>;

export const tokenRequest = z.object({
  name: identifier,
  role: z.enum(ROLES),
  scope: tokenScope.default({ backends: ['*'], nodes: ['*'], sites: ['*'] }),
  forMs: milliseconds.min(1000).optional().meta({ description: 'It ends after this long.' }),
});
export type TokenRequest = z.input<typeof tokenRequest>;

export const tokenAnswer = z.object({
  token: tokenView,
  secret: z.string().meta({ description: 'Shown this once; only its digest is kept.' }),
});
export const tokenList = z.object({ items: z.array(tokenView) });

/** Does a role include another? */
export function includesRole(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}
