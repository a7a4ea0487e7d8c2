import { compareNatural } from '../../lib/index.ts';
import { printServerRef } from '../selector/index.ts';
import { freshnessOf } from '../server-state/index.ts';
import { foldInstances, howToInsist } from './text.ts';
import type { GuardedInstance, GuardRefusal, GuardRequest } from './types.ts';

/** One refusal (or warning) per server of a backend concerned that some instances use and others do not. */
export function checkAgreement({ change, instances }: GuardRequest): GuardRefusal[] {
  const backends = new Set(change.places.map(({ backend }) => backend));
  const scope = new Set([...change.scope, ...change.places.map(({ instance }) => instance)]);
  const fresh = instances.filter(
    ({ instance, ageMs }) => scope.has(instance) && freshnessOf(ageMs) === 'fresh',
  );
  return [...sightings(fresh, backends)]
    .sort(([a], [b]) => compareNatural(a, b))
    .flatMap(([server, { using, not }]) =>
      using.length > 0 && not.length > 0 ? [refusal(server, using, not)] : [],
    );
}

interface Sides {
  readonly using: GuardedInstance[];
  readonly not: GuardedInstance[];
}

function sightings(instances: readonly GuardedInstance[], backends: ReadonlySet<string>): Map<string, Sides> {
  const seen = new Map<string, Sides>();
  for (const instance of instances)
    for (const server of instance.servers) {
      if (!backends.has(server.backend)) continue;
      const name = printServerRef(server);
      const sides = seen.get(name) ?? { using: [], not: [] };
      (server.usable ? sides.using : sides.not).push(instance);
      seen.set(name, sides);
    }
  return seen;
}

function refusal(
  server: string,
  using: readonly GuardedInstance[],
  not: readonly GuardedInstance[],
): GuardRefusal {
  return {
    guard: 'agreement',
    message: `${server} is in use on ${foldInstances(using)} and not on ${foldInstances(not)}.`,
    override: howToInsist('agreement'),
    facts: { server, using: foldInstances(using), notUsing: foldInstances(not) },
  };
}
