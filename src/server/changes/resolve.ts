import { ApiError } from '../../api/index.ts';
import {
  parseSelector,
  resolveSelector,
  type SelectorNote,
  type SelectorResolution,
  type ServerPlace,
} from '../../model/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Target } from '../store/records.ts';

export interface ResolvedTargets {
  /** What is wanted, by name: `*` as backend where a bare server name was typed. */
  readonly targets: readonly Target[];
  /** Everywhere those stand now. The instance is `node/name`. */
  readonly places: readonly ServerPlace[];
}

export interface InstanceContents {
  readonly node: string;
  /** `node/name`. */
  readonly instance: string;
  readonly name: string;
  readonly servers: readonly Target[];
}

/** Every instance of these nodes with its servers, as reported or as stored. */
export function contentsOf(
  view: FleetView,
  nodes: readonly string[],
  name: string | undefined,
): InstanceContents[] {
  return nodes
    .flatMap((node) => [
      ...[...view.node(node).instances.values()].map((live) =>
        contents(node, live.name, [...live.servers.keys()]),
      ),
      ...view
        .inventory(node)
        .filter((stored) => !view.node(node).instances.has(stored.name))
        .map((stored) => contents(node, stored.name, stored.servers)),
    ])
    .filter((instance) => name === undefined || instance.name === name);
}

function contents(node: string, name: string, keys: readonly string[]): InstanceContents {
  const servers = keys.map((key) => {
    const slash = key.indexOf('/');
    return { backend: key.slice(0, slash), server: key.slice(slash + 1) };
  });
  return { node, name, instance: `${node}/${name}`, servers };
}

/**
 * What people typed, as server names. Every typed name must be found somewhere in scope: a typing error must not
 * change half of what was meant.
 */
export function resolveTargets(
  typed: readonly string[],
  instances: readonly InstanceContents[],
): ResolvedTargets {
  const targets = new Map<string, Target>();
  const places = new Map<string, ServerPlace>();
  for (const text of typed) {
    const { isBare, resolution } = resolveOne(text, instances);
    for (const place of resolution.pairs) {
      const target = { backend: isBare ? '*' : place.backend, server: place.server };
      targets.set(`${target.backend}/${target.server}`, target);
      places.set(`${place.instance} ${place.backend}/${place.server}`, place);
    }
  }
  return { targets: [...targets.values()], places: [...places.values()] };
}

function resolveOne(text: string, instances: readonly InstanceContents[]) {
  const selector = parseSelector(text);
  if (!selector.ok) {
    const { message, column, hint } = selector.error;
    throw new ApiError(
      'bad-target',
      `target ${JSON.stringify(text.slice(0, 200))}, column ${column}: ${message}`,
      { hint },
    );
  }
  const resolution = resolveSelector(selector.value, instances);
  for (const note of resolution.notes) refuseIfUnclear(text, note, resolution);
  if (resolution.pairs.length === 0) throw unknownServer(text, []);
  return { isBare: selector.value.backend === undefined, resolution };
}

function refuseIfUnclear(text: string, note: SelectorNote, { pairs }: SelectorResolution): void {
  switch (note.kind) {
    case 'unknown':
      throw unknownServer(note.name, note.suggestions);
    case 'is-backend':
      throw new ApiError('unknown-server', `${note.backend} is a backend, not a server`, {
        hint: `say \`${note.backend}/*\` for all of its servers`,
      });
    case 'also-backend':
      throw new ApiError('ambiguous-target', `${text} is a server and a backend as well`, {
        hint: `say \`*/${text}\` for the server (${pairs.length} found) or \`${text}/*\` for all servers of the backend`,
      });
    case 'several-backends':
      return;
  }
}

function unknownServer(name: string, suggestions: readonly string[]): ApiError {
  return new ApiError('unknown-server', `no instance in scope has a server ${name}`, {
    hint:
      suggestions.length > 0
        ? `did you mean ${suggestions.join(' or ')}?`
        : '`hafleet server list` shows what there is',
  });
}
