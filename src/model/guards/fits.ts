import { compareNatural } from '../../lib/index.ts';
import { foldNodeSet } from '../node-set/index.ts';
import { countCapacity, countedServers, type CapacityQuestion } from './capacity.ts';
import { groupBy } from './group-by.ts';

/**
 * The servers of one backend that could go together, taken in natural order as long as every instance keeps its
 * floor; folded, `web/web[1-3]`. Undefined when none could. Servers after one that does not fit are tried as well:
 * they may stand on other instances.
 */
export function whatFits(question: CapacityQuestion, backend: string): string | undefined {
  const places = question.places.filter((place) => place.backend === backend);
  const room = roomByInstance({ ...question, places });
  const counted = usableByInstance(question, backend);
  const fitting = [...groupBy(places, ({ server }) => server)]
    .sort(([a], [b]) => compareNatural(a, b))
    .filter(([server, at]) =>
      takeRoom(
        room,
        at.map(({ instance }) => instance).filter((one) => counted.get(one)?.has(server)),
      ),
    );
  return fitting.length > 0 ? `${backend}/${foldNodeSet(fitting.map(([server]) => server))}` : undefined;
}

/** One place less on each of these instances, or nowhere. */
function takeRoom(room: Map<string, number>, instances: readonly string[]): boolean {
  if (instances.some((instance) => (room.get(instance) ?? 0) < 1)) return false;
  for (const instance of instances) room.set(instance, (room.get(instance) ?? 0) - 1);
  return true;
}

function roomByInstance(question: CapacityQuestion): Map<string, number> {
  return new Map(
    countCapacity(question).map(({ instance, usableNow, floor }) => [instance, usableNow - floor]),
  );
}

/** Taking out any other server costs nothing. */
function usableByInstance(
  { instances }: CapacityQuestion,
  backend: string,
): Map<string, ReadonlySet<string>> {
  return new Map(
    instances.map((instance) => {
      const usable = countedServers(instance, backend).filter((server) => server.usable);
      return [instance.instance, new Set(usable.map(({ server }) => server))];
    }),
  );
}
