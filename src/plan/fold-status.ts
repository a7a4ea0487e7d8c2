import type { Decision } from './decision.ts';
import type { Prohibition } from './limits.ts';
import type { Failure } from './types.ts';

/** `applying`: an operation is planned and not tried yet. It is never reported. */
export const PLAN_STATUSES = [
  'done',
  'absent',
  'shadowed',
  'gating',
  'green',
  'draining',
  'failed',
  'drifted',
  'forbidden',
  'applying',
] as const;
export type PlanStatusWord = (typeof PLAN_STATUSES)[number];

/** How the instance stands to one intent; the API's `IntentStatus`, but for `applying`. */
export interface PlanStatus {
  readonly id: string;
  readonly revision: number;
  readonly status: PlanStatusWord;
  /** Servers the intent means here. */
  readonly servers: number;
  readonly sessions?: number;
  readonly ungated?: boolean;
  readonly fileDisabled?: boolean;
  readonly code?: string;
  readonly message?: string;
}

/** One server's part in it. */
export interface ServerStatus {
  readonly status: PlanStatusWord;
  readonly decision: Decision;
  readonly trouble?: Prohibition | Failure;
  readonly sessions?: number;
  readonly fileDisabled?: boolean;
}

/** The one that still wants attention speaks for all. */
const WORST_FIRST: readonly PlanStatusWord[] = [
  'forbidden',
  'failed',
  'drifted',
  'applying',
  'gating',
  'green',
  'draining',
  'done',
];

export interface IntentFold {
  readonly id: string;
  readonly revision: number;
  /** How many servers it means here. */
  readonly meant: number;
  /** Those that no newer intent holds. */
  readonly held: readonly ServerStatus[];
}

export function foldStatus({ id, revision, meant, held }: IntentFold): PlanStatus {
  const base = { id, revision, servers: meant };
  if (meant === 0) return { ...base, status: 'absent' };
  const status = WORST_FIRST.find((word) => held.some((one) => one.status === word)) ?? 'shadowed';
  const trouble = held.find((one) => one.status === status)?.trouble;
  return {
    ...base,
    status,
    ...sessionsOf(held),
    ...(held.some((one) => one.decision.ungated) && { ungated: true }),
    ...(held.some((one) => one.fileDisabled) && { fileDisabled: true }),
    ...(trouble && { code: trouble.code, message: trouble.message }),
  };
}

/** A sum only where every part of it was counted. */
function sessionsOf(held: readonly ServerStatus[]): { sessions?: number } {
  const counts = held.map((one) => one.sessions);
  if (counts.length === 0 || !counts.every((count) => count !== undefined)) return {};
  return { sessions: counts.reduce((sum, count) => sum + count, 0) };
}
