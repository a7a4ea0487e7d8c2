import { z } from 'zod';
import { intentStatus } from './intent.ts';
import { haproxyName, identifier, milliseconds, reasonText, ticketText, wallTime } from './wire.ts';

/** What an agent's own socket takes: a lasting want. What is done once goes straight to HAProxy. */
export const LOCAL_KINDS = ['disable', 'drain', 'enable', 'weight'] as const;

/** Made by who asks, so that asking twice is asking once. */
export const localId = z.string().regex(/^LOC-[0-9a-f]{12}$/, 'must be LOC- and 12 hexadecimal digits');

const localServer = z.object({ backend: haproxyName, server: haproxyName });

/** A change asked for on the machine itself, with or without a hafleet server. */
export const localRequest = z.object({
  id: localId,
  kind: z.enum(LOCAL_KINDS),
  instance: identifier,
  servers: z.array(localServer).min(1).max(1000),
  weight: z.number().int().min(0).max(256).nullable().optional(),
  gateMs: milliseconds
    .max(3_600_000)
    .optional()
    .meta({ description: 'For `enable`: deadline of the checks.' }),
  who: reasonText,
  why: reasonText.default(''),
  ticket: ticketText.optional(),
});
export type LocalRequest = z.output<typeof localRequest>;

/** As an agent holds it and tells servers of it, until one has taken it up as a change of the fleet. */
export const localChange = z.object({
  id: localId,
  kind: z.enum(LOCAL_KINDS),
  instance: identifier,
  servers: z.array(localServer).min(1).max(1000),
  weight: z.number().int().min(0).max(256).nullable().optional(),
  who: reasonText,
  why: reasonText,
  ticket: ticketText.optional(),
  at: wallTime,
  over: z.enum(['superseded', 'failed']).optional().meta({
    description: 'It holds nothing any more: a newer one took its place, or its checks stayed red.',
  }),
});
export type LocalChange = z.infer<typeof localChange>;

/** How a local change stands on its instance. */
export const localAnswer = z.object({
  change: localChange,
  statuses: z.array(intentStatus).meta({ description: 'One for each server that was read back.' }),
  taken: z.string().optional().meta({ description: 'The change of the fleet that it became.' }),
});
export type LocalAnswer = z.infer<typeof localAnswer>;

/** Which sockets an agent drives. */
export const localInfo = z.object({
  node: identifier,
  version: z.string(),
  instances: z.array(z.object({ name: identifier, sockets: z.array(z.string()) })),
});
export type LocalInfo = z.infer<typeof localInfo>;

/** What an agent leaves in the runtime folder, so that a command that was given a socket of HAProxy finds it. */
export const localRegistration = localInfo.extend({ socket: z.string() });
export type LocalRegistration = z.infer<typeof localRegistration>;

/** What an instance will find in its server-state-file when its HAProxy starts. */
export const preparedInstance = z.object({
  instance: identifier,
  servers: z
    .number()
    .int()
    .optional()
    .meta({ description: 'Servers with a line: kept out, or not used before a good check.' }),
  code: z.string().optional(),
  message: z.string().optional(),
});
export type PreparedInstance = z.infer<typeof preparedInstance>;

/** How a running agent answers `hafleet agent prepare`. */
export const preparedAnswer = z.object({
  current: z.boolean().meta({ description: 'It is in touch with a server, and holds what that one wants.' }),
  waiting: z.boolean().meta({ description: 'It has not heard any server since it started, and may soon.' }),
  held: z.boolean().meta({ description: 'It holds anything at all.' }),
  instances: z.array(preparedInstance),
});
export type PreparedAnswer = z.infer<typeof preparedAnswer>;
