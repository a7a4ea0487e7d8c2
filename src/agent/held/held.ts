import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type FleetPosition, type WireIntent, fleetPosition, wireIntent } from '../../api/index.ts';
import { HafleetError, errorText, replaceFileSync, systemErrorCode } from '../../lib/index.ts';
import type { AspectMemory, MemoryChange } from '../../plan/index.ts';
import { type LocalRecord, localRecord, withLocal } from './local-record.ts';

const aspectMemory = z.object({
  intent: z.string(),
  revision: z.number(),
  worker: z.string(),
  done: z.boolean(),
  gateFrom: z.enum(['ready', 'drain', 'maint']).exactOptional(),
});

const heldFile = z.object({
  position: fleetPosition.nullable(),
  intents: z.array(wireIntent),
  /** By instance, then by server and aspect. */
  memory: z.record(z.string(), z.record(z.string(), aspectMemory)),
  /** The worker of each instance that was read last. */
  workers: z.record(z.string(), z.string()),
  /** Asked for on this machine, and not yet taken up by a server. */
  local: z.array(localRecord).default([]),
});

/** What the agent last agreed to, and who wrote what: kept on disk, so that it goes on alone and after a restart. */
export interface Held {
  readonly position: FleetPosition | null;
  readonly intents: readonly WireIntent[];
  /** What counts on this node: what was agreed to, and above it what was asked for on the machine itself. */
  readonly effective: readonly WireIntent[];
  readonly local: readonly LocalRecord[];
  /** Replaces what was asked for here; not on disk before `persist`. */
  setLocal(local: readonly LocalRecord[]): void;
  /** Replaces position and intents; not on disk before `persist`. */
  accept(position: FleetPosition, intents: readonly WireIntent[]): void;
  memoryOf(instance: string): ReadonlyMap<string, AspectMemory>;
  remember(instance: string, changes: readonly MemoryChange[]): void;
  /** The worker that was read last, also before a restart of the agent; undefined before the first reading ever. */
  workerOf(instance: string): string | undefined;
  setWorker(instance: string, worker: string): void;
  /**
   * Writes what changed since the last time. Nothing is acknowledged before.
   * @throws HafleetError `held-not-written`; what is held in memory stays and is written at the next call
   */
  persist(): void;
}

/** @throws HafleetError `held-unreadable`: to go on without it could undo what the fleet agreed to */
export function openHeld(path: string): Held {
  const start = readHeld(path);
  const memory = new Map(
    Object.entries(start.memory).map(([instance, entries]) => [instance, new Map(Object.entries(entries))]),
  );
  const workers = new Map(Object.entries(start.workers));
  let { position, intents }: { position: FleetPosition | null; intents: readonly WireIntent[] } = start;
  let { local }: { local: readonly LocalRecord[] } = start;
  let effective: readonly WireIntent[] | undefined;
  let isDirty = false;

  function memoryOf(instance: string): Map<string, AspectMemory> {
    const found = memory.get(instance) ?? new Map<string, AspectMemory>();
    memory.set(instance, found);
    return found;
  }

  return {
    get position() {
      return position;
    },
    get intents() {
      return intents;
    },
    get effective() {
      effective ??= withLocal(intents, local);
      return effective;
    },
    get local() {
      return local;
    },
    setLocal(newLocal) {
      local = newLocal;
      effective = undefined;
      isDirty = true;
    },
    accept(newPosition, newIntents) {
      position = newPosition;
      intents = newIntents;
      effective = undefined;
      isDirty = true;
    },
    memoryOf,
    remember(instance, changes) {
      const known = memoryOf(instance);
      for (const { key, to } of changes) {
        if (to) known.set(key, to);
        else known.delete(key);
      }
      isDirty ||= changes.length > 0;
    },
    workerOf: (instance) => workers.get(instance),
    setWorker(instance, worker) {
      workers.set(instance, worker);
      isDirty = true;
    },
    persist() {
      if (!isDirty) return;
      const entries = [...memory].map(([name, known]) => [name, Object.fromEntries(known)] as const);
      const file = {
        position,
        intents,
        memory: Object.fromEntries(entries),
        workers: Object.fromEntries(workers),
        local,
      };
      write(path, JSON.stringify(file));
      isDirty = false;
    },
  };
}

/** Without an fsync of the folder: after a power cut the file of the revision before may be back, whole, and a server sends the newer one. */
function write(path: string, text: string): void {
  try {
    replaceFileSync(path, text, { durableName: false });
  } catch (cause) {
    throw new HafleetError('held-not-written', `${path}: ${errorText(cause)}`, {
      hint: 'the agent acts, and reports nothing as done until it can write its data folder again',
      retryable: true,
      cause,
    });
  }
}

const EMPTY = { position: null, intents: [], memory: {}, workers: {}, local: [] };

function readHeld(path: string): z.output<typeof heldFile> {
  try {
    return heldFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return EMPTY;
    throw new HafleetError('held-unreadable', `${path}: ${errorText(cause)}`, {
      hint: `look at it; with the agent stopped, moving it away makes the agent take whatever its server wants next`,
      cause,
    });
  }
}
