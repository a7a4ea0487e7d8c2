import { z } from 'zod';
import { haproxyName, identifier, reasonText, ticketText, wallTime } from './wire.ts';

/**
 * What an operator wants of one server name, as it is stored and sent to agents.
 * `*` as instance or backend means every one that has the server, also one that joins later.
 */
export const wireIntent = z.object({
  id: z
    .string()
    .max(200)
    .meta({ description: 'Change id and target, unique in the fleet: `CHG-12:web/web1`.' }),
  change: z.string().max(40),
  order: z
    .number()
    .int()
    .min(0)
    .meta({ description: 'Number of its change. Where two mean one server, the higher order wins.' }),
  revision: z.number().int().min(0).meta({
    description: 'Store revision of its last step. A new revision is applied again, also over drift.',
  }),
  instance: z.union([z.literal('*'), identifier]),
  backend: z.union([z.literal('*'), haproxyName]),
  server: haproxyName,
  want: z.discriminatedUnion('aspect', [
    z.object({ aspect: z.literal('state'), state: z.enum(['ready', 'drain', 'maint']) }),
    z.object({
      aspect: z.literal('weight'),
      weight: z
        .number()
        .int()
        .min(0)
        .max(256)
        .nullable()
        .meta({ description: 'null gives the weight of haproxy.cfg back.' }),
    }),
  ]),
  phase: z.enum(['holding', 'gating', 'entering', 'returning']).meta({
    description:
      'holding: the state lasts. gating: leaving maint, waiting for green checks everywhere. entering: the gate is open, ready (or the default weight) is given. returning: the gate failed, back to where it was.',
  }),
  on: z
    .string()
    .max(10_000)
    .default('*')
    .meta({ description: 'Node set as typed: what a lost store is rebuilt from.' }),
  exclude: z.string().max(10_000).optional(),
  who: reasonText,
  why: reasonText,
  ticket: ticketText.optional(),
  from: wallTime,
  until: wallTime.optional(),
});

export type WireIntent = z.infer<typeof wireIntent>;

/**
 * How one instance stands to one intent, as the agent read it back.
 * - `done`: every server it means is as wanted, read back
 * - `absent`: no such server here
 * - `shadowed`: a newer intent holds all of its servers here
 * - `gating`: checks are not green yet
 * - `green`: checks are green, waiting for the gate to open
 * - `draining`: in drain as wanted, sessions are left (see `sessions`)
 * - `failed`: HAProxy refused or the answer was unknown; the agent tries again
 * - `drifted`: it was done on this worker, and somebody undid it by hand
 * - `forbidden`: the agent's own file does not allow it
 */
export const INTENT_STATUSES = [
  'done',
  'absent',
  'shadowed',
  'gating',
  'green',
  'draining',
  'failed',
  'drifted',
  'forbidden',
] as const;

export const intentStatus = z.object({
  id: z.string(),
  revision: z.number().int(),
  status: z.enum(INTENT_STATUSES),
  servers: z
    .number()
    .int()
    .min(0)
    .meta({ description: 'How many servers of this instance the intent means.' }),
  sessions: z.number().int().min(0).optional(),
  ungated: z.boolean().optional().meta({ description: 'No health check: nothing proves it before ready.' }),
  fileDisabled: z
    .boolean()
    .optional()
    .meta({ description: 'haproxy.cfg disables it: it is in until the next reload.' }),
  code: z.string().optional(),
  message: z.string().max(2000).optional(),
});

export type IntentStatus = z.infer<typeof intentStatus>;
