import { z } from 'zod';
import {
  CHANGE_KINDS,
  CHANGE_STATES,
  GUARDS,
  instanceResult,
  wireIntent,
  ROLES,
  tokenScope,
} from '../../api/index.ts';

/** The fleet's identity. An agent follows one fleet id and one epoch. */
export const fleetRecord = z.object({ id: z.string(), epoch: z.number().int(), createdAt: z.number() });
export type FleetRecord = z.infer<typeof fleetRecord>;

/** A token is stored by its digest alone; the text is shown once, when it is made. */
export const tokenRecord = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  scope: tokenScope,
  createdAt: z.number(),
  createdBy: z.string(),
  expiresAt: z.number().optional(),
});
export type TokenRecord = z.infer<typeof tokenRecord>;

export const joinTokenRecord = z.object({ digest: z.string() });

export const nodeRecord = z.object({
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  credentialDigest: z.string(),
  enrolledAt: z.number(),
});
export type NodeRecord = z.infer<typeof nodeRecord>;

/** Which servers a node had when it was last seen: what an unreachable node is still said to have. */
export const inventoryRecord = z.object({
  instances: z.array(
    z.object({ name: z.string(), groups: z.array(z.string()), servers: z.array(z.string()) }),
  ),
});
export type InventoryRecord = z.infer<typeof inventoryRecord>;

export const backendRecord = z.object({ minHealthy: z.string().nullable() });
export type BackendRecord = z.infer<typeof backendRecord>;

/** An intent as stored: its revision is the store's own, and the node set is kept as typed. */
export const intentRecord = wireIntent.omit({ revision: true });
export type IntentRecord = z.infer<typeof intentRecord>;

/** An intent with the revision of its key. */
export type StoredIntent = IntentRecord & { readonly revision: number };

export const targetRecord = z.object({ backend: z.string(), server: z.string() });
export type Target = z.infer<typeof targetRecord>;

export const changeRecord = z.object({
  number: z.number().int(),
  kind: z.enum(CHANGE_KINDS),
  source: z.literal('local').optional(),
  state: z.enum(CHANGE_STATES),
  targets: z.array(z.string()),
  servers: z.array(targetRecord),
  on: z.string(),
  exclude: z.string().optional(),
  instance: z.string().optional(),
  weight: z.number().nullable().optional(),
  who: z.string(),
  why: z.string(),
  ticket: z.string().optional(),
  at: z.number(),
  endedAt: z.number().optional(),
  until: z.number().optional(),
  drain: z
    .object({ waitMs: z.number(), next: z.literal('disable').optional(), kill: z.boolean() })
    .optional(),
  gateMs: z.number().optional(),
  undoes: z.string().optional(),
  undoneBy: z.string().optional(),
  overridden: z.array(z.enum(GUARDS)),
  message: z.string().optional(),
  /** Intents that this change removed, whole or in part: what undo puts back. */
  removed: z.array(intentRecord),
  /** How each instance stood when the change was last settled. */
  results: z.array(instanceResult),
});
export type ChangeRecord = z.infer<typeof changeRecord>;

export function changeId(number: number): string {
  return `CHG-${number}`;
}

/** The number of `CHG-12`, or undefined when the text is no such id. */
export function changeNumber(id: string): number | undefined {
  const digits = /^CHG-(\d{1,10})$/i.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
