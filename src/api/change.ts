import { z } from 'zod';
import { identifier, milliseconds, reasonText, ticketText, wallTime } from './wire.ts';

export const CHANGE_KINDS = ['disable', 'drain', 'enable', 'weight', 'kill-sessions'] as const;
export const GUARDS = ['capacity', 'agreement', 'freshness', 'lock'] as const;

/** What an operator asks for. */
export const changeRequest = z.object({
  kind: z.enum(CHANGE_KINDS),
  targets: z
    .array(z.string().min(1).max(2000))
    .min(1)
    .max(100)
    .meta({ description: '`server`, `backend/server`, globs and ranges of them.' }),
  on: z
    .string()
    .min(1)
    .max(10_000)
    .default('*')
    .meta({ description: 'Node set; kept as typed and evaluated at read.' }),
  exclude: z.string().min(1).max(10_000).optional(),
  instance: identifier.optional().meta({ description: 'Only instances of this name.' }),
  weight: z
    .number()
    .int()
    .min(0)
    .max(256)
    .nullable()
    .optional()
    .meta({ description: 'For `weight`; null gives the default back.' }),
  reason: reasonText.default(''),
  ticket: ticketText.optional(),
  forMs: milliseconds.optional().meta({ description: 'Lease: the change ends by itself after this long.' }),
  until: wallTime.optional().meta({ description: 'Lease end as a time; `forMs` wins.' }),
  drain: z
    .object({
      waitMs: milliseconds.meta({ description: 'Deadline for the sessions to end.' }),
      next: z
        .literal('disable')
        .optional()
        .meta({ description: 'What follows when the sessions are gone or the deadline is over.' }),
      kill: z.boolean().default(false).meta({ description: 'Shut down what is left at the deadline.' }),
    })
    .optional(),
  gateMs: milliseconds
    .optional()
    .meta({ description: 'For `enable`: deadline of the health gate. Default 30 s + rise × inter.' }),
  overrides: z.array(z.enum(GUARDS)).default([]),
  dryRun: z.boolean().default(false),
  waitMs: milliseconds
    .max(60_000)
    .default(0)
    .meta({ description: 'How long to hold the answer for the change to settle.' }),
});
export type ChangeRequest = z.input<typeof changeRequest>;
export type ParsedChangeRequest = z.output<typeof changeRequest>;

/** `pending` nodes are taken up when they return; `failed` ones answered and refused. */
export const INSTANCE_RESULTS = [
  'done',
  'waiting',
  'pending',
  'failed',
  'skipped',
  'red',
  'drifted',
] as const;

export const instanceResult = z.object({
  node: identifier,
  instance: identifier,
  result: z.enum(INSTANCE_RESULTS),
  servers: z.number().int(),
  sessions: z.number().int().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  ungated: z.boolean().optional(),
  fileDisabled: z.boolean().optional(),
});
export type InstanceResult = z.infer<typeof instanceResult>;

/** One server on one or more instances, from what is to what would be. */
export const transition = z.object({
  backend: z.string(),
  server: z.string(),
  instances: z.array(z.string()).meta({ description: '`node/instance`.' }),
  from: z.string(),
  to: z.string(),
});
export type Transition = z.infer<typeof transition>;

export const guardRefusal = z.object({
  guard: z.enum(GUARDS),
  message: z.string(),
  fits: z.string().optional(),
  override: z.string(),
});

export const effect = z.object({
  backend: z.string(),
  usableBefore: z.number().int(),
  usableAfter: z.number().int(),
  servers: z.number().int(),
  floor: z.number().int(),
  instances: z.array(z.string()),
});

/** The plan: what the dry run shows is what the change then does. */
export const changePlan = z.object({
  transitions: z.array(transition),
  effects: z.array(effect),
  sessions: z.number().int().meta({ description: 'Sessions now on the servers concerned, where counted.' }),
  skipped: z.array(z.string()).meta({ description: 'Instances in scope that do not have the server.' }),
  pending: z.array(z.string()).meta({ description: 'Instances that cannot be reached now and will follow.' }),
  refusals: z.array(guardRefusal),
  overridden: z.array(z.enum(GUARDS)),
  notes: z.array(z.string()),
});
export type ChangePlan = z.infer<typeof changePlan>;

/**
 * - `running`: not settled yet
 * - `done`: read back everywhere that has it
 * - `partial`: read back on all that can be reached; others are pending or failed
 * - `failed`: nothing is changed (a failed gate went back)
 * - `timed-out`: a drain's deadline passed with sessions left and no next step was asked for
 * - `undone`, `superseded`: a later change took it back or replaced it
 */
export const CHANGE_STATES = [
  'running',
  'done',
  'partial',
  'failed',
  'timed-out',
  'undone',
  'superseded',
] as const;

export const change = z.object({
  id: z.string(),
  version: z
    .number()
    .int()
    .meta({ description: 'Counts what a watcher could see; send it back as `seen` to wait for more.' }),
  kind: z.enum(CHANGE_KINDS),
  state: z.enum(CHANGE_STATES),
  targets: z.array(z.string()),
  servers: z
    .array(z.string())
    .meta({ description: 'What the targets meant when accepted: `backend/server` or `*/server`.' }),
  on: z.string(),
  exclude: z.string().optional(),
  instance: z.string().optional(),
  weight: z.number().int().nullable().optional(),
  who: z.string(),
  why: z.string(),
  source: z
    .literal('local')
    .optional()
    .meta({ description: 'It was asked for on the machine itself, with --socket, and taken up later.' }),
  ticket: z.string().optional(),
  at: wallTime,
  endedAt: wallTime.optional(),
  until: wallTime.optional(),
  overdue: z.boolean().optional(),
  undoes: z.string().optional(),
  undoneBy: z.string().optional(),
  replaces: z.array(z.string()).meta({ description: 'Intents this change replaced or shadows.' }),
  overridden: z.array(z.enum(GUARDS)),
  step: z.string().meta({ description: 'What it is doing now, in words.' }),
  message: z.string().optional(),
  results: z.array(instanceResult),
  active: z.boolean().meta({ description: 'It still holds servers in a state or weight.' }),
});
export type Change = z.infer<typeof change>;

export const changeAnswer = z.object({ change: change.nullable(), plan: changePlan });
export const changeList = z.object({ items: z.array(change), next: z.string().optional() });
