import { printServerRef, type ServerRef } from '../selector/index.ts';
import { coversInstance, coversServer, type IntentPlace } from './cover.ts';
import type { Intent, StateIntent, WeightIntent } from './types.ts';

export interface Winner<Kind extends Intent = Intent> {
  readonly intent: Kind;
  /** Older intents on the same aspect of this server, newest first: not in force while the winner stands. */
  readonly shadows: readonly Kind[];
}

export interface EffectiveIntent {
  readonly server: ServerRef;
  readonly state?: Winner<StateIntent>;
  readonly weight?: Winner<WeightIntent>;
}

export interface EffectiveIntents {
  /** Servers of this instance that something is wanted of, in the order given. */
  readonly servers: readonly EffectiveIntent[];
  /** Intents that cover this instance and name a server it does not have: they hold again when it returns. */
  readonly waiting: readonly Intent[];
}

/** What is wanted of one instance, per server and aspect. The highest revision wins; the id breaks a tie. */
export function effectiveIntents(
  intents: readonly Intent[],
  place: IntentPlace,
  servers: readonly ServerRef[],
): EffectiveIntents {
  const here = intents.filter((intent) => coversInstance(intent, place)).sort(newestFirst);
  const met = new Set<Intent>();
  const effective = servers.flatMap((server) => {
    const covering = here.filter((intent) => coversServer(intent, place, server));
    for (const intent of covering) met.add(intent);
    return covering.length > 0 ? [toEffective(server, covering)] : [];
  });
  return {
    servers: effective,
    waiting: here.filter((intent) => !met.has(intent) && isMissing(intent, servers)),
  };
}

export function newestFirst(a: Intent, b: Intent): number {
  return b.revision - a.revision || (a.id < b.id ? 1 : -1);
}

/** What the new intent takes over from older ones, to be said when it is accepted. */
export interface Replaced {
  readonly intent: Intent;
  /** `instance backend/server` pairs that it loses. */
  readonly pairs: number;
  /** Nothing is left of it: the store drops it. */
  readonly whole: boolean;
}

/** `places` with the servers of each: the whole fleet, as far as it is known. */
export function findReplaced(
  newest: Intent,
  older: readonly Intent[],
  places: readonly { readonly place: IntentPlace; readonly servers: readonly ServerRef[] }[],
): Replaced[] {
  return older
    .filter(({ aspect, id }) => aspect === newest.aspect && id !== newest.id)
    .sort(newestFirst)
    .flatMap((intent) => {
      const pairs = places.flatMap(({ place, servers }) =>
        servers
          .filter((server) => coversServer(intent, place, server))
          .map((server) => coversServer(newest, place, server)),
      );
      const lost = pairs.filter(Boolean).length;
      return lost > 0 ? [{ intent, pairs: lost, whole: lost === pairs.length }] : [];
    });
}

function toEffective(server: ServerRef, covering: readonly Intent[]): EffectiveIntent {
  const [state, ...olderStates] = covering.filter((intent) => intent.aspect === 'state');
  const [weight, ...olderWeights] = covering.filter((intent) => intent.aspect === 'weight');
  return {
    server,
    ...(state ? { state: { intent: state, shadows: olderStates } } : {}),
    ...(weight ? { weight: { intent: weight, shadows: olderWeights } } : {}),
  };
}

/** With `*` as backend, any server of that name will do; an excepted server is not missing. */
function isMissing({ selector }: Intent, servers: readonly ServerRef[]): boolean {
  const known = new Set(servers.map(printServerRef));
  if (selector.backend !== '*') return !known.has(`${selector.backend}/${selector.server}`);
  return !servers.some(({ server }) => server === selector.server);
}
