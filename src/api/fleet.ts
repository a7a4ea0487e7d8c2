import { z } from 'zod';
import { alarm } from './alarm.ts';
import { wireIntent } from './intent.ts';
import { identifier, labels, wallTime } from './wire.ts';

/** 15 s without a reading is stale, 60 s unknown. Neither is ever shown as a fact. */
export const FRESHNESS = ['fresh', 'stale', 'unknown'] as const;

export const instanceView = z.object({
  node: identifier,
  instance: identifier,
  groups: z.array(z.string()),
  mode: z.string(),
  connected: z.boolean(),
  reading: z.enum(['ok', 'failing', 'never']),
  ageMs: z
    .number()
    .nullable()
    .meta({ description: 'Age of every cell of this instance, in ms on the server’s monotonic clock.' }),
  freshness: z.enum(FRESHNESS),
  haproxy: z.string().nullable(),
  level: z.string().nullable(),
  survivesReload: z.boolean().nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
});
export type InstanceView = z.infer<typeof instanceView>;

/**
 * One server on one instance: [state word, admin state, weight, since, check text, flags, sessions].
 * null where the instance has no such server. A tuple, because a fleet has tens of thousands of them.
 */
export const cell = z
  .tuple([
    z.string().meta({ description: 'UP, DOWN, DRAIN, MAINT, NO CHECK, GOING UP, GOING DOWN, NOLB' }),
    z.enum(['ready', 'drain', 'maint']),
    z.number().int().meta({ description: 'weight' }),
    wallTime.meta({ description: 'since' }),
    z.string().meta({ description: 'last check, `L7OK/200`, or empty' }),
    z.number().int().meta({
      description: 'bits, see CELL: usable, what took it out, drift, changed weight',
    }),
    z.number().int().nullable().meta({ description: 'current sessions where counted' }),
  ])
  .nullable();
export type Cell = z.infer<typeof cell>;

export const serverKey = z.object({
  backend: z.string(),
  server: z.string(),
  checksPerSecond: z
    .number()
    .meta({ description: 'Health checks this server gets from all instances together.' }),
});

/** `cells[i][j]`: instance i, server j, in the order of `instances` and `servers`. */
export const statusAnswer = z.object({
  apiVersion: z.string(),
  kind: z.literal('Status'),
  generatedAt: wallTime,
  fleet: z.string(),
  instances: z.array(instanceView),
  servers: z.array(serverKey),
  floors: z
    .record(z.string(), z.string())
    .meta({ description: 'Capacity floor per backend as set: `2` or `60%`.' }),
  defaultFloor: z.string(),
  intents: z.array(wireIntent.extend({ overdue: z.boolean() })),
  cells: z.array(z.array(cell)),
  alarms: z
    .array(alarm)
    .optional()
    .meta({ description: 'Open alarms; absent where no server was asked (`--socket`).' }),
});
export type StatusAnswer = z.infer<typeof statusAnswer>;

export const nodeView = z.object({
  name: identifier,
  labels,
  connected: z.boolean(),
  agent: z.string().nullable(),
  protocol: z.string().nullable(),
  skew: z
    .string()
    .optional()
    .meta({ description: 'How its versions differ from the server’s, where they do: in words.' }),
  lastSeen: wallTime.nullable(),
  enrolledAt: wallTime,
  applied: z
    .object({ epoch: z.number(), revision: z.number() })
    .nullable()
    .meta({ description: 'What the agent holds.' }),
  wanted: z.object({ epoch: z.number(), revision: z.number() }),
  standing: z
    .enum(['known', 'behind', 'unadopted', 'foreign'])
    .nullable()
    .meta({ description: 'How what it holds relates to this store; null until it was heard.' }),
  trouble: z
    .object({ code: z.string(), message: z.string(), hint: z.string() })
    .optional()
    .meta({ description: 'Why nothing is sent to it, and what mends that.' }),
  instances: z.array(instanceView),
});
export type NodeView = z.infer<typeof nodeView>;
/** What adopting a node would do to it, or has done. */
export const adoptAnswer = z.object({
  node: nodeView,
  adopted: z.boolean(),
  ends: z.array(wireIntent).meta({ description: 'Held by the node and wanted by nobody any more.' }),
  begins: z.array(wireIntent).meta({ description: 'Wanted of the node and not held by it.' }),
});
export type AdoptAnswer = z.infer<typeof adoptAnswer>;
export const nodeList = z.object({ items: z.array(nodeView) });

export const minHealthy = z
  .string()
  .regex(/^(\d{1,6}|\d{1,3}%)$/, 'must be a number or a percentage: `2` or `60%`');
export const backendSettings = z.object({ name: z.string(), minHealthy: minHealthy.nullable() });
export type BackendSettings = z.infer<typeof backendSettings>;
export const backendPatch = z.object({
  minHealthy: minHealthy.nullable(),
  reason: z.string().max(500).default(''),
});

export const serverInfo = z.object({
  apiVersion: z.string(),
  version: z.string(),
  protocol: z.string(),
  fleet: z.string(),
  epoch: z.number().int(),
  revision: z.number().int(),
  token: z.string().meta({ description: 'Name of the token that asked.' }),
});
export type ServerInfo = z.infer<typeof serverInfo>;

export const errorAnswer = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    retryable: z.boolean(),
    facts: z.record(z.string(), z.unknown()).optional(),
    requestId: z.string(),
  }),
});
