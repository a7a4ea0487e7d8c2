import { CELL, type Alarm, type InstanceView, type StatusAnswer } from '../../api/index.ts';
import { compareNatural } from '../../lib/index.ts';
import { worstVerdict, type Verdict } from '../../model/index.ts';
import { cellOf, farmName, readFarms, type Farm, type FarmServer, type IsMeant, type Place } from './farm.ts';
import { indexIntents, type IntentIndex, type StatusIntent } from './intents.ts';
import { findProblems, type Problem } from './problem.ts';
import { isPlain, readStanding, type Standing } from './standing.ts';
import { compareVerdicts } from './verdict.ts';

/** The backend on one load balancer. */
export interface PlaceReport {
  readonly node: string;
  readonly instance: string;
  /** Nothing below is a fact unless this is `fresh`. */
  readonly freshness: InstanceView['freshness'];
  readonly ageMs: number | null;
  readonly usable: number;
  readonly total: number;
  /** Servers that are not plainly used, in order. */
  readonly odd: readonly { readonly server: string; readonly kind: Standing['kind'] }[];
  readonly unchecked: boolean;
}

export interface FarmReport {
  readonly farm: Farm;
  readonly name: string;
  readonly verdict: Verdict;
  /** The worst load balancer with fresh data; undefined when there is none. */
  readonly worst: PlaceReport | undefined;
  readonly places: readonly PlaceReport[];
  readonly problems: readonly Problem[];
  /** Load balancers on which no server is usable. */
  readonly noneUsable: readonly string[];
  readonly floor: string;
}

export interface StatusCounts {
  readonly servers: number;
  readonly up: number;
  readonly down: number;
  readonly split: number;
  readonly drain: number;
  readonly maint: number;
  readonly unknown: number;
  /** Of those in use: not as an intent wants them. */
  readonly drift: number;
}

export interface StatusReport {
  readonly verdict: Verdict;
  readonly nodes: readonly string[];
  readonly instances: number;
  /** Age of the oldest reading in ms; null when nothing was ever read. */
  readonly oldestMs: number | null;
  /** Worst first, then by name. */
  readonly farms: readonly FarmReport[];
  readonly lost: readonly InstanceView[];
  /** Intents whose server is on no load balancer now. They hold again when it returns. */
  readonly waiting: readonly StatusIntent[];
  /** Open alarms of these backends, and of everything that is no backend. */
  readonly alarms: readonly Alarm[];
  readonly counts: StatusCounts;
}

/**
 * The verdict, and everything it rests on.
 * - OK: every server is used on every load balancer.
 * - WARNING: a server is out on purpose, or down, or the load balancers disagree, or one of them is not heard.
 * - CRITICAL: a backend has no usable server on some load balancer; a server is out without an explanation, or past
 *   the end of its lease.
 * - UNKNOWN: more than half of the load balancers of some backend, or of all, have no fresh data. What the others
 *   say does not speak for them.
 */
export function judgeStatus(answer: StatusAnswer, isMeant?: IsMeant): StatusReport {
  const intents = indexIntents(answer.intents);
  const farms = readFarms(answer, isMeant).map((farm) => judgeFarm(answer, farm, intents));
  const lost = answer.instances.filter(isLost);
  const fleet = lostVerdict(lost.length, answer.instances.length);
  const ages = answer.instances.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
  return {
    verdict: worstVerdict([fleet, ...farms.map(({ verdict }) => verdict)]),
    nodes: [...new Set(answer.instances.map(({ node }) => node))].sort(compareNatural),
    instances: answer.instances.length,
    oldestMs: ages.length === 0 ? null : Math.max(...ages),
    farms: farms.toSorted((a, b) => compareVerdicts(a.verdict, b.verdict) || compareNatural(a.name, b.name)),
    lost,
    waiting: waitingIntents(answer),
    alarms: alarmsOf(answer, farms),
    counts: countServers(farms),
  };
}

/** With --socket there is nobody who would keep any. */
function alarmsOf({ alarms = [] }: StatusAnswer, farms: readonly FarmReport[]): Alarm[] {
  const meant = new Set(farms.map(({ farm }) => farm.backend));
  return alarms.filter(({ backend }) => backend === undefined || meant.has(backend));
}

/** Not heard now, or heard through a poll that fails. */
function isLost({ connected, reading, freshness }: InstanceView): boolean {
  return !connected || reading !== 'ok' || freshness !== 'fresh';
}

function lostVerdict(lost: number, all: number): Verdict {
  if (all === 0 || lost * 2 > all) return 'UNKNOWN';
  return lost === 0 ? 'OK' : 'WARNING';
}

function judgeFarm(answer: StatusAnswer, farm: Farm, intents: IntentIndex): FarmReport {
  // Most servers of a large fleet are plainly used everywhere: only the others are looked at place by place.
  const watched = farm.servers
    .map((server) => ({ name: server.name, standings: standingsOf(answer, farm, server, intents) }))
    .filter(({ standings }) => standings.length > 0);
  const places = farm.places.map((place, index) =>
    reportPlace(
      answer,
      farm,
      place,
      watched.map(({ name, standings }) => ({ name, standing: standings[index] })),
    ),
  );
  const fresh = places.filter(({ freshness }) => freshness === 'fresh');
  const problems = watched.flatMap(({ name, standings }) =>
    findProblems(name, sightingsOf(farm.places, standings)),
  );
  const noneUsable = fresh.filter(({ usable, total }) => usable === 0 && total > 0).map(({ node }) => node);
  return {
    farm,
    name: farmName(farm),
    verdict: worstVerdict([
      lostVerdict(places.length - fresh.length, places.length),
      noneUsable.length > 0 ? 'CRITICAL' : 'OK',
      ...problems.map(({ verdict }) => verdict),
    ]),
    worst: fresh.toSorted((a, b) => a.usable / a.total - b.usable / b.total || a.usable - b.usable)[0],
    places,
    problems: problems.toSorted((a, b) => compareVerdicts(a.verdict, b.verdict)),
    noneUsable,
    floor: answer.floors[farm.backend] ?? answer.defaultFloor,
  };
}

/** How one server stands on each place of the farm, in the order of the places. Empty: plainly used on all of them. */
function standingsOf(
  answer: StatusAnswer,
  farm: Farm,
  server: FarmServer,
  intents: IntentIndex,
): (Standing | undefined)[] {
  if (farm.places.every((place) => isPlain(cellOf(answer, place, server)))) return [];
  return farm.places.map((place) => {
    const cell = cellOf(answer, place, server);
    if (cell === null) return undefined;
    const { node, instance } = place.view;
    return readStanding(cell, intents.find({ node, instance, backend: farm.backend, server: server.name }));
  });
}

function sightingsOf(places: readonly Place[], standings: readonly (Standing | undefined)[]) {
  return places.flatMap(({ view }, index) => {
    const standing = standings[index];
    return standing && view.freshness === 'fresh' ? [{ node: view.node, standing }] : [];
  });
}

function reportPlace(
  answer: StatusAnswer,
  farm: Farm,
  place: Place,
  watched: readonly { readonly name: string; readonly standing: Standing | undefined }[],
): PlaceReport {
  const odd = watched.flatMap(({ name, standing }) =>
    standing === undefined || standing.kind === 'up' ? [] : [{ server: name, kind: standing.kind }],
  );
  const unchecked = farm.servers.every(
    (server) => (cellOf(answer, place, server)?.[0] ?? 'NO CHECK') === 'NO CHECK',
  );
  const { node, instance, freshness, ageMs } = place.view;
  return { node, instance, freshness, ageMs, ...countUsable(answer, farm, place), odd, unchecked };
}

function countUsable(answer: StatusAnswer, farm: Farm, place: Place) {
  let [usable, total] = [0, 0];
  const cells = answer.cells[place.index] ?? [];
  for (const { index } of farm.all) {
    const cell = cells[index] ?? null;
    if (cell === null) continue;
    total++;
    if ((cell[5] & CELL.usable) !== 0) usable++;
  }
  return { usable, total };
}

function waitingIntents({ intents, servers }: StatusAnswer): StatusIntent[] {
  const names = new Set(servers.flatMap(({ backend, server }) => [`*/${server}`, `${backend}/${server}`]));
  return intents.filter(({ backend, server }) => !names.has(`${backend}/${server}`));
}

function countServers(farms: readonly FarmReport[]): StatusCounts {
  const counts = { servers: 0, up: 0, down: 0, split: 0, drain: 0, maint: 0, unknown: 0, drift: 0 };
  for (const { farm, worst, problems } of farms) {
    counts.servers += farm.servers.length;
    counts.drift += problems.filter(({ kind }) => kind === 'drift').length;
    const words = new Map<string, CountedAs>();
    for (const problem of problems)
      words.set(problem.server, heavier(words.get(problem.server), countedAs(problem)));
    for (const { name } of farm.servers) counts[worst ? (words.get(name) ?? 'up') : 'unknown']++;
  }
  return counts;
}

/** A server counts once, by the first of these that holds of it. */
const COUNTED = ['split', 'maint', 'drain', 'down', 'up'] as const;
type CountedAs = (typeof COUNTED)[number];

function heavier(a: CountedAs | undefined, b: CountedAs): CountedAs {
  return a !== undefined && COUNTED.indexOf(a) < COUNTED.indexOf(b) ? a : b;
}

function countedAs({ kind, parties }: Problem): CountedAs {
  if (kind === 'split') return 'split';
  const party = parties[0];
  if (party?.kind === 'drain' || party?.kind === 'maint') return party.kind;
  return party?.usable ? 'up' : 'down';
}
