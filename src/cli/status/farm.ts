import type { Cell, InstanceView, StatusAnswer } from '../../api/index.ts';
import { compareNatural } from '../../lib/index.ts';

/** One backend on one instance. */
export interface Place {
  /** Row of the answer's `cells`. */
  readonly index: number;
  readonly view: InstanceView;
}

export interface FarmServer {
  readonly name: string;
  /** Column of the answer's `cells`. */
  readonly index: number;
  readonly checksPerSecond: number;
}

/**
 * A backend over all load balancers: what an operator takes for one thing. Where one node has the backend in several
 * HAProxy instances there is a farm for each instance name, for these are different things.
 */
export interface Farm {
  readonly backend: string;
  /** Set where the backend alone does not tell. */
  readonly instance: string | undefined;
  readonly places: readonly Place[];
  /** Those that were asked for. */
  readonly servers: readonly FarmServer[];
  /** All it has: capacity is a matter of the whole backend, whatever was asked for. */
  readonly all: readonly FarmServer[];
}

/** Which servers somebody asked for. */
export type IsMeant = (server: { readonly backend: string; readonly server: string }) => boolean;

/** Those with a server that is meant, sorted by name. */
export function readFarms(answer: StatusAnswer, isMeant: IsMeant = () => true): Farm[] {
  const backends = new Map<string, FarmServer[]>();
  for (const [index, { backend, server, checksPerSecond }] of answer.servers.entries()) {
    const servers = backends.get(backend) ?? [];
    servers.push({ name: server, index, checksPerSecond });
    backends.set(backend, servers);
  }
  return [...backends]
    .sort(([a], [b]) => compareNatural(a, b))
    .flatMap(([backend, servers]) => splitByInstance(answer, backend, servers))
    .map((farm) => ({
      ...farm,
      servers: farm.all.filter(({ name }) => isMeant({ backend: farm.backend, server: name })),
    }))
    .filter(({ servers }) => servers.length > 0);
}

export function cellOf(answer: StatusAnswer, place: Place, server: FarmServer): Cell {
  return answer.cells[place.index]?.[server.index] ?? null;
}

/** `web`, or `web (http)` where several instances of a node have one. */
export function farmName({ backend, instance }: Pick<Farm, 'backend' | 'instance'>): string {
  return instance === undefined ? backend : `${backend} (${instance})`;
}

type WholeFarm = Omit<Farm, 'servers'>;

function splitByInstance(answer: StatusAnswer, backend: string, servers: readonly FarmServer[]): WholeFarm[] {
  const places = answer.instances
    .map((view, index): Place => ({ view, index }))
    .filter((place) => servers.some((server) => cellOf(answer, place, server) !== null));
  const nodes = new Set(places.map(({ view }) => view.node));
  if (nodes.size === places.length) return [farm(answer, backend, undefined, places, servers)];
  const instances = [...new Set(places.map(({ view }) => view.instance))].sort(compareNatural);
  return instances.map((instance) =>
    farm(
      answer,
      backend,
      instance,
      places.filter(({ view }) => view.instance === instance),
      servers,
    ),
  );
}

function farm(
  answer: StatusAnswer,
  backend: string,
  instance: string | undefined,
  places: readonly Place[],
  servers: readonly FarmServer[],
): WholeFarm {
  const present = servers.filter((server) => places.some((place) => cellOf(answer, place, server) !== null));
  return {
    backend,
    instance,
    places: places.toSorted((a, b) => compareNatural(a.view.node, b.view.node)),
    all: present.toSorted((a, b) => compareNatural(a.name, b.name)),
  };
}
