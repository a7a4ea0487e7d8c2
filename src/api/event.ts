import { z } from 'zod';
import { wallTime } from './wire.ts';

/** Least first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export const severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof severity>;

/** Something that happened. The message names no node: `node` does, and an answer has those in the token's scope alone. */
export const fleetEvent = z.object({
  id: z.number().int().meta({ description: 'Its place in the log; a later event has a higher one.' }),
  at: wallTime,
  severity,
  code: z.string(),
  source: z.enum(['agent', 'server']),
  node: z.string().optional().meta({ description: 'Where: a node, or a folded node set such as `lb[1-4]`.' }),
  instance: z.string().optional(),
  backend: z.string().optional(),
  server: z.string().optional(),
  change: z.string().optional(),
  who: z.string().optional(),
  message: z.string(),
});
export type FleetEvent = z.infer<typeof fleetEvent>;

export const eventList = z.object({
  items: z.array(fleetEvent),
  next: z.number().int().optional().meta({ description: 'There are older ones: ask with `after` this id.' }),
});

export const eventQuery = z.object({
  severity: severity.optional().meta({ description: 'These and worse.' }),
  code: z.string().max(200).optional().meta({ description: 'A code, or a glob of codes: `change-*`.' }),
  node: z.string().max(10_000).optional().meta({ description: 'A node set: events of any of these nodes.' }),
  since: z.coerce.number().int().min(0).optional().meta({ description: 'Unix time in milliseconds.' }),
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Events behind this id, in the order of the answer: older ones.' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
export type EventQuery = Partial<z.infer<typeof eventQuery>>;
