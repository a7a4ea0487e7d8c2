import type { z } from 'zod';
import type { Store } from '../../store/index.ts';

export interface MirrorEntry<T> {
  readonly value: T;
  readonly revision: number;
}

/**
 * The keys under a prefix, held in memory and kept by the store's watch alone: what this server wrote and what
 * another one wrote arrive on the same path. `until(revision)` waits for one's own write to have arrived.
 */
export interface Mirror<T> {
  /** By key without the prefix. */
  readonly entries: ReadonlyMap<string, MirrorEntry<T>>;
  /** The store's revision this mirror is known to be complete up to. */
  revision(): number;
  /** The revision of the last change under the prefix; the opening revision when there was none since. */
  changedAt(): number;
  until(revision: number): Promise<void>;
  onChange(listener: (names: readonly string[]) => void): void;
}

export interface MirrorOptions<T> {
  readonly store: Store;
  readonly prefix: string;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
  /** The watch ended for another reason than the signal: the mirror no longer follows. */
  onLost(cause: unknown): void;
}

/** Reads everything under the prefix, then follows. Rejects when the first reading fails. */
export async function openMirror<T>(options: MirrorOptions<T>): Promise<Mirror<T>> {
  const { store, prefix, schema, signal } = options;
  const entries = new Map<string, MirrorEntry<T>>();
  const listeners: ((names: readonly string[]) => void)[] = [];
  let waiting: { revision: number; done: () => void }[] = [];

  const first = await store.range({ prefix });
  let revision = first.revision;
  let changedAt = first.revision;
  for (const { key, value, modRevision } of first.entries)
    entries.set(key.slice(prefix.length), { value: schema.parse(JSON.parse(value)), revision: modRevision });

  const advance = (to: number) => {
    revision = to;
    const [due, later] = [
      waiting.filter((one) => one.revision <= to),
      waiting.filter((one) => one.revision > to),
    ];
    waiting = later;
    for (const { done } of due) done();
  };
  const follow = async () => {
    for await (const batch of store.watch({ prefix, fromRevision: revision + 1, signal, progress: true })) {
      const names = batch.events.map((event) => event.key.slice(prefix.length));
      for (const event of batch.events) {
        const name = event.key.slice(prefix.length);
        if (event.type === 'delete') entries.delete(name);
        else entries.set(name, { value: schema.parse(JSON.parse(event.value)), revision: event.modRevision });
      }
      if (names.length > 0) {
        changedAt = batch.revision;
        for (const listener of listeners) listener(names);
      }
      advance(batch.revision);
    }
  };
  follow().catch((cause: unknown) => {
    if (!signal.aborted) options.onLost(cause);
  });

  return {
    entries,
    revision: () => revision,
    changedAt: () => changedAt,
    until: (wanted) =>
      wanted <= revision
        ? Promise.resolve()
        : new Promise((done) => waiting.push({ revision: wanted, done })),
    onChange: (listener) => listeners.push(listener),
  };
}
