import { compareNatural } from '../../lib/index.ts';
import { expandPattern } from '../node-set/index.ts';
import { nameMatcher, serverMatcher } from './match.ts';
import { nearMisses } from './near-miss.ts';
import { printServerRef, type InstanceServers, type ServerRef, type ServerSelector } from './types.ts';

/** One server on one instance. */
export interface ServerPlace extends ServerRef {
  readonly instance: string;
}

export interface SelectorResolution {
  /** Every server meant, on every instance that has it. */
  readonly pairs: readonly ServerPlace[];
  /** The distinct servers among them, `backend/server`, naturally sorted. */
  readonly servers: readonly string[];
  /** Instances that have none of them: nothing to do there, and no failure. */
  readonly skipped: readonly string[];
  /** What a person should hear before going on, or why nothing was found. */
  readonly notes: readonly SelectorNote[];
}

export type SelectorNote =
  /** No instance has it. */
  | { readonly kind: 'unknown'; readonly name: string; readonly suggestions: readonly string[] }
  /** A bare name that is no server, but a backend: `web/*` was probably meant. */
  | { readonly kind: 'is-backend'; readonly backend: string }
  /** A bare name that is a server and a backend as well; the servers are taken. */
  | { readonly kind: 'also-backend'; readonly backend: string }
  /** A bare name found in several backends; all of them are taken. */
  | { readonly kind: 'several-backends'; readonly backends: readonly string[] };

/** What a selector means over the fleet. Names that nobody has are noted one by one: `web[1-3]` with no web3. */
export function resolveSelector(
  selector: ServerSelector,
  instances: readonly InstanceServers[],
): SelectorResolution {
  const matches = serverMatcher(selector);
  const pairs = instances.flatMap(({ instance, servers }) =>
    servers.filter(matches).map(({ backend, server }) => ({ instance, backend, server })),
  );
  const having = new Set(pairs.map(({ instance }) => instance));
  return {
    pairs,
    servers: [...new Set(pairs.map(printServerRef))].sort(compareNatural),
    skipped: instances.map(({ instance }) => instance).filter((instance) => !having.has(instance)),
    notes: [...bareNotes(selector, pairs, instances), ...unknownNotes(selector, pairs, instances)],
  };
}

function bareNotes(
  selector: ServerSelector,
  pairs: readonly ServerPlace[],
  instances: readonly InstanceServers[],
): SelectorNote[] {
  if (selector.backend) return [];
  const known = new Set(instances.flatMap(({ servers }) => servers.map(({ backend }) => backend)));
  const found = [...new Set(pairs.map(({ backend }) => backend))].sort(compareNatural);
  const notes: SelectorNote[] = [];
  if (known.has(selector.text))
    notes.push({ kind: found.length > 0 ? 'also-backend' : 'is-backend', backend: selector.text });
  if (found.length > 1) notes.push({ kind: 'several-backends', backends: found });
  return notes;
}

function unknownNotes(
  selector: ServerSelector,
  pairs: readonly ServerPlace[],
  instances: readonly InstanceServers[],
): SelectorNote[] {
  const all = instances.flatMap(({ servers }) => servers);
  const found = new Set(pairs.map(({ server }) => server));
  return missingServers(selector, found)
    .filter((server) => selector.backend || !all.some(({ backend }) => backend === server))
    .map((server) => ({
      kind: 'unknown',
      name: selector.backend ? `${sideText(selector)}/${server}` : server,
      suggestions: suggestions(selector, server, all),
    }));
}

/** Typed names that matched nothing; a glob counts as one name. */
function missingServers(selector: ServerSelector, found: ReadonlySet<string>): string[] {
  return expandPattern(selector.server).filter((typed) => {
    if (!/[*?]/.test(typed)) return !found.has(typed);
    return found.size === 0;
  });
}

function suggestions(selector: ServerSelector, server: string, all: readonly ServerRef[]): string[] {
  if (!selector.backend)
    return nearMisses(
      server,
      all.map((ref) => ref.server),
    );
  const inBackend = all.filter(({ backend }) => selector.backend && nameMatcher(selector.backend)(backend));
  const pool = inBackend.length > 0 ? inBackend : all;
  return nearMisses(`${sideText(selector)}/${server}`, pool.map(printServerRef));
}

function sideText({ text }: ServerSelector): string {
  return text.slice(0, text.replace(/\[[^\]]*\]/g, (brackets) => '#'.repeat(brackets.length)).indexOf('/'));
}
