import type { IntentMeaning, IntentTarget } from './types.ts';

/** Does `newer` mean every server and node that `older` means, now and later? Judged by text: only what is sure. */
export function coversIntent(newer: IntentMeaning, older: IntentMeaning): boolean {
  return (
    overlapsIntent(newer, older) &&
    isWider(newer.instance, older.instance) &&
    isWider(newer.backend, older.backend) &&
    coversNodes(newer, older)
  );
}

/** Same aspect, and some server that both mean. Node sets are not compared: who is in them changes. */
export function overlapsIntent(a: IntentMeaning, b: IntentMeaning): boolean {
  const meet = (x: string, y: string) => x === '*' || y === '*' || x === y;
  return (
    a.want.aspect === b.want.aspect &&
    a.server === b.server &&
    meet(a.instance, b.instance) &&
    meet(a.backend, b.backend)
  );
}

/**
 * What is left of `older` when everything `ended` means is taken from it: nothing, itself narrowed by nodes, or itself
 * spelled out over `known` places without a backend or an instance. All other fields stay as they were.
 */
export function subtractIntent<T extends IntentMeaning>(
  older: T,
  ended: IntentMeaning,
  known: readonly IntentTarget[],
): T[] {
  if (!overlapsIntent(ended, older)) return [older];
  if (coversIntent(ended, older)) return [];
  if (!coversNodes(ended, older)) return [withoutNodes(older, ended)];
  const left = known.filter((place) => isIn(older, place) && !isIn(ended, place));
  const spelled = left.map(({ instance, backend }) => ({
    ...older,
    instance: older.instance === '*' && ended.instance !== '*' ? instance : older.instance,
    backend,
  }));
  return spelled.filter((one, index) => index === spelled.findIndex((other) => isSameTarget(one, other)));
}

function isWider(newer: string, older: string): boolean {
  return newer === '*' || newer === older;
}

function coversNodes(newer: IntentMeaning, older: IntentMeaning): boolean {
  if (newer.exclude !== undefined && newer.exclude !== older.exclude) return false;
  return newer.on === '*' || newer.on === older.on;
}

function isIn(meaning: IntentTarget, place: IntentTarget): boolean {
  return (
    meaning.server === place.server &&
    isWider(meaning.instance, place.instance) &&
    isWider(meaning.backend, place.backend)
  );
}

function isSameTarget(a: IntentTarget, b: IntentTarget): boolean {
  return a.instance === b.instance && a.backend === b.backend && a.server === b.server;
}

/** Node sets are read left to right: `a!b,c` is (a without b) with c. */
function withoutNodes<T extends IntentMeaning>(older: T, ended: IntentMeaning): T {
  const gone = ended.exclude === undefined ? ended.on : `${ended.on}!${ended.exclude}`;
  return { ...older, exclude: older.exclude === undefined ? gone : `${gone},${older.exclude}` };
}
