import type { ServerPlace } from '../selector/index.ts';
import { DEFAULT_FLOOR, floorCount, type Floor } from './floor.ts';
import { groupBy } from './group-by.ts';
import type { GuardedInstance, GuardedServer } from './types.ts';

/** One backend on one instance, before and after. */
export interface CapacityCount {
  readonly backend: string;
  readonly instance: string;
  readonly node: string;
  readonly usableNow: number;
  readonly usableAfter: number;
  /** The servers among which they are counted. */
  readonly total: number;
  readonly floor: number;
}

export interface CapacityQuestion {
  /** Only those read right now: of the others nothing is proven. */
  readonly instances: readonly GuardedInstance[];
  readonly places: readonly ServerPlace[];
  readonly floorOf: (backend: string) => Floor;
}

/** Every backend and instance that the change touches. */
export function countCapacity({ instances, places, floorOf }: CapacityQuestion): CapacityCount[] {
  const byInstance = groupBy(places, ({ instance }) => instance);
  return instances.flatMap((instance) => {
    const here = byInstance.get(instance.instance) ?? [];
    return [...groupBy(here, ({ backend }) => backend)].map(([backend, out]) =>
      countBackend(instance, { backend, floor: floorOf(backend), out }),
    );
  });
}

/** A change that takes nothing usable away is fine however low the backend already is. */
export function isBelowFloor({ usableNow, usableAfter, floor }: CapacityCount): boolean {
  return usableAfter < usableNow && usableAfter < floor;
}

export function floorsOf(
  floors: Readonly<Record<string, Floor>>,
  minHealthy: Floor | undefined,
): (backend: string) => Floor {
  return (backend) =>
    minHealthy ?? (Object.hasOwn(floors, backend) ? floors[backend] : undefined) ?? DEFAULT_FLOOR;
}

interface BackendChange {
  readonly backend: string;
  readonly floor: Floor;
  readonly out: readonly ServerPlace[];
}

function countBackend(instance: GuardedInstance, { backend, floor, out }: BackendChange): CapacityCount {
  const counted = countedServers(instance, backend);
  const taken = new Set(out.map(({ server }) => server));
  const usable = counted.filter((server) => server.usable);
  return {
    backend,
    instance: instance.instance,
    node: instance.node,
    usableNow: usable.length,
    usableAfter: usable.filter(({ server }) => !taken.has(server)).length,
    total: counted.length,
    floor: floorCount(floor, counted.length),
  };
}

/**
 * The servers that carry the traffic: the active ones, and the backups only while no active one is usable, as
 * HAProxy itself chooses. Backups never make up for active servers that the change takes out.
 */
export function countedServers(instance: GuardedInstance, backend: string): readonly GuardedServer[] {
  const servers = instance.servers.filter((server) => server.backend === backend);
  const active = servers.filter(({ backup }) => !backup);
  const backups = servers.filter(({ backup }) => backup);
  const onBackups = !active.some(({ usable }) => usable) && backups.some(({ usable }) => usable);
  return active.length === 0 || onBackups ? backups : active;
}
