import type { InstanceResult, IntentStatus } from '../../api/index.ts';
import type { StoredIntent } from '../store/records.ts';

/** How one instance can be asked and what it last said. */
export interface InstanceStanding {
  readonly node: string;
  readonly instance: string;
  /** Its agent is connected and speaks. */
  readonly reachable: boolean;
  /** Why it is not, in words: `not connected`, `silent for 7s`. */
  readonly away: string;
  /** The same as a code: `agent-away`, `protocol-differs`. */
  readonly awayCode?: string;
  /** HAProxy does not answer its agent. */
  readonly failing: { readonly code: string; readonly message: string } | undefined;
  readonly statuses: ReadonlyMap<string, IntentStatus>;
  /** Does it have a server of this intent, as far as is known? */
  has(intent: StoredIntent): boolean;
  /** Is it in the intent's node set? */
  inScope(intent: StoredIntent): boolean;
}

/** A change's result on every instance it means: each is one of done, waiting, pending, failed, skipped, red, drifted. */
export function instanceResults(
  intents: readonly StoredIntent[],
  standings: readonly InstanceStanding[],
): InstanceResult[] {
  return standings.flatMap((standing) => {
    const here = intents.filter((intent) => standing.inScope(intent));
    return here.length === 0 ? [] : [instanceResult(here, standing)];
  });
}

function instanceResult(intents: readonly StoredIntent[], standing: InstanceStanding): InstanceResult {
  const base = { node: standing.node, instance: standing.instance };
  const known = intents.filter((intent) => standing.has(intent));
  if (!standing.reachable) {
    if (known.length === 0) return { ...base, result: 'skipped', servers: 0 };
    return {
      ...base,
      result: 'pending',
      servers: known.length,
      code: standing.awayCode ?? 'agent-away',
      message: standing.away,
    };
  }
  const parts = intents.map((intent) => partResult(intent, standing));
  const worst = parts.reduce((a, b) => (RANK[b.result] > RANK[a.result] ? b : a));
  return { ...base, ...worst, ...sums(parts) };
}

type Part = Omit<InstanceResult, 'node' | 'instance'>;

/** The worst part speaks for the instance; a server it does not have says least. */
const RANK: Readonly<Record<InstanceResult['result'], number>> = {
  skipped: 0,
  done: 1,
  drifted: 2,
  waiting: 3,
  pending: 4,
  red: 5,
  failed: 6,
};

function partResult(intent: StoredIntent, { statuses, failing }: InstanceStanding): Part {
  const status = statuses.get(intent.id);
  const isCurrent = status?.revision === intent.revision;
  // A HAProxy that does not answer carries no traffic and holds nobody up: it follows when it is back.
  if (failing && !(isCurrent && isOver(status))) return { result: 'pending', servers: 0, ...failing };
  if (!status || !isCurrent) return { result: 'waiting', servers: 0, code: 'not-acknowledged' };
  return { ...fromStatus(status), ...details(status) };
}

function isOver(status: IntentStatus): boolean {
  return status.status === 'done' || status.status === 'absent' || status.status === 'shadowed';
}

function fromStatus(status: IntentStatus): Part {
  const { servers } = status;
  switch (status.status) {
    case 'done':
      return { result: 'done', servers };
    case 'draining':
      return { result: 'done', servers, code: 'sessions-left' };
    case 'absent':
      return { result: 'skipped', servers: 0 };
    case 'shadowed':
      return { result: 'skipped', servers: 0, code: 'held-by-newer' };
    case 'gating':
      return { result: 'waiting', servers, code: 'checks-not-green' };
    case 'green':
      return { result: 'waiting', servers, code: 'green' };
    case 'drifted':
      return { result: 'drifted', servers };
    case 'failed':
    case 'forbidden':
      return { result: 'failed', servers };
  }
}

function details({ sessions, ungated, fileDisabled, code, message }: IntentStatus): Partial<Part> {
  return {
    ...(sessions === undefined ? {} : { sessions }),
    ...(ungated === undefined ? {} : { ungated }),
    ...(fileDisabled === undefined ? {} : { fileDisabled }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
  };
}

function sums(parts: readonly Part[]): Partial<Part> & { servers: number } {
  const counted = parts.filter(({ sessions }) => sessions !== undefined);
  return {
    servers: parts.reduce((sum, { servers }) => sum + servers, 0),
    ...(counted.length > 0
      ? { sessions: counted.reduce((sum, { sessions }) => sum + (sessions ?? 0), 0) }
      : {}),
    ...(parts.some(({ ungated }) => ungated) ? { ungated: true } : {}),
    ...(parts.some(({ fileDisabled }) => fileDisabled) ? { fileDisabled: true } : {}),
  };
}
