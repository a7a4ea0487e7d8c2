import {
  type IntentStatus,
  type LocalAnswer,
  type LocalChange,
  type LocalRequest,
  localChange,
} from '../../api/index.ts';
import { type Clock, HafleetError } from '../../lib/index.ts';
import type { Held } from '../held/held.ts';
import { type LocalRecord, intentIdOf, isEnding } from '../held/local-record.ts';

export interface BookOptions {
  readonly held: Held;
  readonly node: string;
  readonly clock: Clock;
  /** How an instance stands to the intents it holds. */
  readonly statusesOf: (instance: string) => ReadonlyMap<string, IntentStatus>;
}

interface Taken {
  readonly id: string;
  readonly change: string;
}

/** The changes that were asked for on this machine. Everything it does is in `held` and counts from the next `persist`. */
export interface LocalBook {
  /** Takes a change in; one that was taken already is left as it is. @throws HafleetError `too-many-local-changes` */
  add(request: LocalRequest): void;
  answer(id: string): LocalAnswer | undefined;
  /** What servers are to hear of. */
  reports(): LocalChange[];
  /** A server has made changes of the fleet of these, and this node holds them. Returns those that were still here. */
  taken(changes: readonly Taken[]): Taken[];
  /** Looks at gates whose time is over. True when something changed. */
  tick(): boolean;
}

/** Without a server for a year, nobody asks this often by hand. */
const MAX_LOCAL = 500;
/** 30 s and the time two checks take, as far as it is known here. */
const GATE_MS = 40_000;
/** So many that went to a server are still answered for by their new name. */
const MAX_TAKEN = 200;

export function createLocalBook({ held, node, clock, statusesOf }: BookOptions): LocalBook {
  /** By id: when the checks have to be green. A restart of the agent begins anew. */
  const deadlines = new Map<string, number>();
  const taken = new Map<string, { readonly record: LocalRecord; readonly change: string }>();

  const find = (id: string) => held.local.find((one) => one.id === id);
  const replace = (id: string, change: (one: LocalRecord) => LocalRecord) =>
    held.setLocal(held.local.map((one) => (one.id === id ? change(one) : one)));

  function statusesFor(record: LocalRecord): IntentStatus[] {
    const known = statusesOf(record.instance);
    return record.servers.flatMap((_, at) => known.get(intentIdOf(record, at)) ?? []);
  }

  function isIn(record: LocalRecord): boolean {
    const statuses = statusesFor(record);
    const isDone = ({ status, revision }: IntentStatus) => status === 'done' && revision === record.step;
    return statuses.length === record.servers.length && statuses.every(isDone);
  }

  /** An enable is told of when its checks are green, or stayed red: a server would begin another gate. */
  function isToldOf(record: LocalRecord): boolean {
    if (record.over !== undefined || record.kind !== 'enable') return true;
    return record.phase === 'entering' && isIn(record);
  }

  function tickOne(record: LocalRecord): boolean {
    if (!isEnding(record) || record.over !== undefined) return false;
    if (isIn(record)) {
      deadlines.delete(record.id);
      endOlder(record);
      if (record.phase !== 'returning') return false;
      replace(record.id, (one) => ({ ...one, over: 'failed' }));
      return true;
    }
    if (record.phase === 'returning') return false;
    if (record.kind === 'weight') return false;
    const deadline = deadlines.get(record.id) ?? clock.monotonicMs() + (record.gateMs ?? GATE_MS);
    deadlines.set(record.id, deadline);
    if (clock.monotonicMs() < deadline) return false;
    replace(record.id, (one) => ({ ...one, phase: 'returning', step: one.step + 1 }));
    return true;
  }

  function endOlder(ending: LocalRecord): void {
    if (ending.phase !== 'entering') return;
    const at = held.local.findIndex(({ id }) => id === ending.id);
    const older = held.local.slice(0, at);
    const left = older.flatMap((one) => supersede(one, ending));
    if (left.some((one) => !older.includes(one))) held.setLocal([...left, ...held.local.slice(at)]);
  }

  return {
    add(request) {
      if (find(request.id) || taken.has(request.id)) return;
      const kept = withoutOldest(held.local);
      if (kept.length >= MAX_LOCAL)
        throw new HafleetError(
          'too-many-local-changes',
          `${MAX_LOCAL} local changes wait for a hafleet server`,
          {
            hint: 'bring this agent in touch with its server: it takes them up',
          },
        );
      const record = recordOf(request, node, clock.wallMs());
      // What ends others leaves them standing until it is through: its checks may stay red.
      const left = isEnding(record) ? kept : kept.flatMap((older) => supersede(older, record));
      held.setLocal([...left, record]);
    },
    answer(id) {
      const gone = taken.get(id);
      const record = find(id) ?? gone?.record;
      if (!record) return undefined;
      // On the way back "done" means that it is back: it is told of when it is over.
      const statuses = record.phase === 'returning' ? [] : statusesFor(record);
      const answer = { change: toWire(record), statuses };
      return gone ? { ...answer, taken: gone.change } : answer;
    },
    reports: () => held.local.filter(isToldOf).map(toWire),
    taken(changes) {
      const names = new Map(changes.map(({ id, change }) => [id, change]));
      const leaving = held.local.filter(({ id }) => names.has(id));
      if (leaving.length === 0) return [];
      for (const record of leaving) {
        deadlines.delete(record.id);
        taken.set(record.id, { record, change: names.get(record.id) ?? '' });
      }
      for (const oldest of [...taken.keys()].slice(0, Math.max(0, taken.size - MAX_TAKEN)))
        taken.delete(oldest);
      held.setLocal(held.local.filter(({ id }) => !names.has(id)));
      return leaving.map(({ id }) => ({ id, change: names.get(id) ?? '' }));
    },
    tick: () => held.local.map(tickOne).some(Boolean),
  };
}

function recordOf(
  { gateMs, weight, ticket, ...request }: LocalRequest,
  node: string,
  at: number,
): LocalRecord {
  return {
    ...request,
    // Whose word it is cannot be proven here: every member of the socket's group may say any name.
    who: `${request.who}@${node}`.slice(0, 500),
    at,
    phase: isEnding({ kind: request.kind, weight }) ? 'entering' : 'holding',
    step: 1,
    ...(weight !== undefined && { weight }),
    ...(ticket !== undefined && { ticket }),
    ...(gateMs !== undefined && { gateMs }),
  };
}

/** What is left of an older change beside a newer one: servers that the newer does not name, or a record that it was. */
function supersede(older: LocalRecord, newer: LocalRecord): LocalRecord[] {
  if (older.over !== undefined || older.instance !== newer.instance) return [older];
  if ((older.kind === 'weight') !== (newer.kind === 'weight')) return [older];
  const names = new Set(newer.servers.map(({ backend, server }) => `${backend}/${server}`));
  const left = older.servers.filter(({ backend, server }) => !names.has(`${backend}/${server}`));
  if (left.length === older.servers.length) return [older];
  return [left.length === 0 ? { ...older, over: 'superseded' } : { ...older, servers: left }];
}

/** Where it is full, what only tells of the past goes first. */
function withoutOldest(local: readonly LocalRecord[]): readonly LocalRecord[] {
  if (local.length < MAX_LOCAL) return local;
  const oldest = local.find(({ over }) => over !== undefined);
  return local.filter((one) => one !== oldest);
}

function toWire(record: LocalRecord): LocalChange {
  return localChange.parse(record);
}
