import type {
  Compare,
  Entry,
  Op,
  OpResponse,
  TxnRequest,
  TxnResult,
  WatchBatch,
  WatchEvent,
} from '../store.ts';

/** The store as simply as it can be said: a map, copied whole at every revision. Slow and obviously right. */
export interface Model {
  txn(request: TxnRequest): TxnResult;
  /** The entries as they stood at a revision, in order. */
  at(revision: number): Entry[];
  history(prefix: string, from: number): WatchBatch[];
}

type State = ReadonlyMap<string, Entry>;

export function createModel(base: number): Model {
  const states: State[] = [new Map()];
  const batches: WatchBatch[] = [];
  const current = (): State => states.at(-1) ?? new Map();

  return {
    txn({ compare = [], success = [], failure = [] }) {
      const before = current();
      const succeeded = compare.every((one) => holds(before, one));
      const revision = base + states.length;
      const after = new Map(before);
      const responses = (succeeded ? success : failure).map((op) => apply(after, op, revision));
      const events = difference(before, after, revision);
      if (events.length > 0) {
        states.push(after);
        batches.push({ revision, events });
      }
      return { succeeded, revision: base + states.length - 1, responses };
    },
    at: (revision) => sorted(states[revision - base] ?? new Map()),
    history(prefix, from) {
      const matching = batches
        .filter((batch) => batch.revision >= from)
        .map(({ revision, events }) => ({
          revision,
          events: events.filter((event) => event.key.startsWith(prefix)),
        }));
      return matching.filter((batch) => batch.events.length > 0);
    },
  };
}

function apply(state: Map<string, Entry>, op: Op, revision: number): OpResponse {
  if (op.type === 'put') {
    const was = state.get(op.key);
    state.set(op.key, {
      key: op.key,
      value: op.value,
      createRevision: was?.createRevision ?? revision,
      modRevision: revision,
      version: (was?.version ?? 0) + 1,
    });
    return { type: 'put' };
  }
  const found = sorted(state).filter(({ key }) => ('key' in op ? key === op.key : key.startsWith(op.prefix)));
  if (op.type === 'range') return { type: 'range', entries: found, more: false };
  for (const { key } of found) state.delete(key);
  return { type: 'delete', deleted: found.length };
}

function difference(before: State, after: State, revision: number): WatchEvent[] {
  const deleted = sorted(before)
    .filter(({ key }) => !after.has(key))
    .map((previous) => ({ type: 'delete' as const, key: previous.key, modRevision: revision, previous }));
  const put = sorted(after)
    .filter((entry) => entry.modRevision === revision)
    .map((entry) => {
      const previous = before.get(entry.key);
      return { type: 'put' as const, ...entry, ...(previous ? { previous } : {}) };
    });
  return [...deleted, ...put].sort(byKey);
}

function holds(state: State, { key, op, ...wanted }: Compare): boolean {
  const entry = state.get(key);
  if (wanted.target === 'value')
    return entry !== undefined && isOrdered(compareBytes(entry.value, wanted.value), op);
  return isOrdered((entry?.[wanted.target] ?? 0) - wanted.value, op);
}

function isOrdered(order: number, op: Compare['op']): boolean {
  if (op === '=') return order === 0;
  if (op === '!=') return order !== 0;
  return op === '>' ? order > 0 : order < 0;
}

function sorted(state: State): Entry[] {
  return [...state.values()].sort(byKey);
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return compareBytes(a.key, b.key);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
