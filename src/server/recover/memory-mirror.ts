import type { Mirror, MirrorEntry } from '../store/mirror.ts';

export interface MemoryMirror<T> extends Mirror<T> {
  set(name: string, value: T): void;
  remove(name: string): void;
}

/** A mirror of nothing in the store: what a recovery learns before it writes. */
export function createMemoryMirror<T>(): MemoryMirror<T> {
  const entries = new Map<string, MirrorEntry<T>>();
  const listeners: ((names: readonly string[]) => void)[] = [];
  let revision = 0;
  const changed = (name: string) => {
    for (const listener of listeners) listener([name]);
  };
  return {
    entries,
    revision: () => revision,
    changedAt: () => revision,
    until: () => Promise.resolve(),
    onChange: (listener) => listeners.push(listener),
    set(name, value) {
      entries.set(name, { value, revision: ++revision });
      changed(name);
    },
    remove(name) {
      revision++;
      entries.delete(name);
      changed(name);
    },
  };
}
