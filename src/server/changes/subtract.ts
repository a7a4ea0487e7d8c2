import type { IntentRecord } from '../store/records.ts';

/** Where a server name is known to stand: what a `*` can be spelled out to. */
export interface KnownPlace {
  readonly instance: string;
  readonly backend: string;
  readonly server: string;
}

type Meaning = Pick<IntentRecord, 'instance' | 'backend' | 'server' | 'on' | 'exclude' | 'want'>;

/** Does `newer` mean every server and node that `older` means, now and later? Judged by text: only what is sure. */
export function covers(newer: Meaning, older: Meaning): boolean {
  return (
    overlaps(newer, older) &&
    wider(newer.instance, older.instance) &&
    wider(newer.backend, older.backend) &&
    coversNodes(newer, older)
  );
}

/** Same aspect, and some server that both mean. Node sets are not compared: they move. */
export function overlaps(a: Meaning, b: Meaning): boolean {
  const meet = (x: string, y: string) => x === '*' || y === '*' || x === y;
  return (
    a.want.aspect === b.want.aspect &&
    a.server === b.server &&
    meet(a.instance, b.instance) &&
    meet(a.backend, b.backend)
  );
}

function wider(newer: string, older: string): boolean {
  return newer === '*' || newer === older;
}

function coversNodes(newer: Meaning, older: Meaning): boolean {
  if (newer.exclude !== undefined && newer.exclude !== older.exclude) return false;
  return newer.on === '*' || newer.on === older.on;
}

/**
 * What is left of `older` when everything `ended` means is taken from it: nothing, itself narrowed by nodes, or itself
 * spelled out without a backend or an instance. The rest keeps its order, who and why.
 */
export function subtractIntent(
  older: IntentRecord,
  ended: Meaning,
  known: readonly KnownPlace[],
): IntentRecord[] {
  if (!overlaps(ended, older)) return [older];
  if (covers(ended, older)) return [];
  if (!coversNodes(ended, older)) return [withoutNodes(older, ended)];
  return known
    .filter((place) => inMeaning(older, place) && !inMeaning(ended, place))
    .map(({ instance, backend }) => spelledOut(older, instance, backend))
    .filter((one, index, all) => all.findIndex(({ id }) => id === one.id) === index);
}

function inMeaning(of: Meaning, place: KnownPlace): boolean {
  return of.server === place.server && wider(of.instance, place.instance) && wider(of.backend, place.backend);
}

function withoutNodes(older: IntentRecord, ended: Meaning): IntentRecord {
  // `a!b` is evaluated left to right, so nodes that `ended` leaves alone have to be put back one text earlier.
  const gone = ended.exclude === undefined ? ended.on : `${ended.on}!${ended.exclude}`;
  return { ...older, exclude: older.exclude === undefined ? gone : `${gone},${older.exclude}` };
}

function spelledOut(older: IntentRecord, instance: string, backend: string): IntentRecord {
  const of = older.instance === '*' ? '*' : instance;
  return {
    ...older,
    instance: of,
    backend,
    id: intentId(older.change, { instance: of, backend, server: older.server }),
  };
}

/** `CHG-12:web/web1`, or with an instance `CHG-12:http/web/web1`. */
export function intentId(change: string, { instance, backend, server }: KnownPlace): string {
  return `${change}:${instance === '*' ? '' : `${instance}/`}${backend}/${server}`;
}
