import { z } from 'zod';

/** Texts that people supply: one line, printable, bounded. What HAProxy or a shell might take for an end of command stays out. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u;

/** Longest reason, ticket or label value, in characters. */
export const MAX_TEXT = 500;

export const reasonText = z.string().max(MAX_TEXT).regex(PRINTABLE, 'has control characters or a line break');
export const ticketText = z.string().max(100).regex(PRINTABLE, 'has control characters or a line break');

/** A node's, an instance's or a label's name. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be letters, digits, `.`, `_` or `-`, 63 at most');

/** HAProxy's own alphabet for proxy and server names. */
export const haproxyName = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[A-Za-z0-9_.:-]+$/, 'is not a HAProxy name');

export const labels = z.record(identifier, z.string().max(200).regex(PRINTABLE));
export const milliseconds = z.number().int().min(0);
export const wallTime = z
  .number()
  .int()
  .meta({ description: 'Unix time in milliseconds, for people; nothing is timed by it.' });
