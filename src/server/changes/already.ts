import type { ParsedChangeRequest } from '../../api/index.ts';
import { coversIntent, overlapsIntent, type ServerPlace } from '../../model/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { isReachable } from '../fleet/node-live.ts';
import type { Mirror } from '../store/mirror.ts';
import type { IntentRecord, Target } from '../store/records.ts';
import { isEnding } from './intents.ts';

export interface AlreadyQuestion {
  readonly request: ParsedChangeRequest;
  readonly targets: readonly Target[];
  readonly places: readonly ServerPlace[];
  readonly intents: Mirror<IntentRecord>;
  readonly view: FleetView;
}

/** ADMIN flags of maint and drain (haproxy's srv_admin_state). */
const OUT = 1 | 8;

/**
 * Is everything that is asked for there already, held by an intent and read back everywhere? Then nothing is written.
 * A new end, or servers that somebody took out by hand, are a change.
 */
export function alreadySo(question: AlreadyQuestion): boolean {
  const { request, targets } = question;
  if (request.kind === 'kill-sessions' || request.forMs !== undefined || request.until !== undefined)
    return false;
  if (request.drain !== undefined) return false;
  if (request.kind === 'enable') return isIn(question);
  if (request.kind === 'weight' && (request.weight ?? null) === null) return hasNoWeight(question);
  return targets.every((target) => isHeld(target, question)) && isReadBack(question);
}

function meaning(request: ParsedChangeRequest, target: Target, want: IntentRecord['want']) {
  return {
    ...target,
    instance: request.instance ?? '*',
    on: request.on,
    want,
    ...(request.exclude === undefined ? {} : { exclude: request.exclude }),
  };
}

function wanted({ kind, weight }: ParsedChangeRequest): IntentRecord['want'] {
  if (kind === 'weight') return { aspect: 'weight', weight: weight ?? null };
  return { aspect: 'state', state: kind === 'drain' ? 'drain' : 'maint' };
}

function isHeld(target: Target, { request, intents }: AlreadyQuestion): boolean {
  const asked = meaning(request, target, wanted(request));
  const overlapping = [...intents.entries.values()]
    .map(({ value }) => value)
    .filter((held) => overlapsIntent(held, asked));
  const newest = overlapping.sort((a, b) => b.order - a.order)[0];
  return (
    newest !== undefined &&
    coversIntent(newest, asked) &&
    !isEnding(newest) &&
    JSON.stringify(newest.want) === JSON.stringify(asked.want)
  );
}

function isReadBack({ places, view, intents }: AlreadyQuestion): boolean {
  return places.every((place) => {
    const instance = instanceOf(view, place);
    if (!instance) return false;
    const ids = [...intents.entries.values()]
      .filter(({ value }) => value.server === place.server)
      .map(({ value }) => value.id);
    return ids.every((id) =>
      ['done', 'draining', 'absent', 'shadowed'].includes(instance.statuses.get(id)?.status ?? ''),
    );
  });
}

/** Nobody holds it out, and every instance says it is neither in maint nor in drain. */
function isIn({ request, targets, places, intents, view }: AlreadyQuestion): boolean {
  const asked = targets.map((target) => meaning(request, target, { aspect: 'state', state: 'ready' }));
  if ([...intents.entries.values()].some(({ value }) => asked.some((one) => overlapsIntent(value, one))))
    return false;
  return places.every((place) => {
    const row = instanceOf(view, place)?.servers.get(`${place.backend}/${place.server}`);
    return row !== undefined && (row.adminFlags & OUT) === 0;
  });
}

function hasNoWeight({ request, targets, places, intents, view }: AlreadyQuestion): boolean {
  const asked = targets.map((target) => meaning(request, target, { aspect: 'weight', weight: null }));
  if ([...intents.entries.values()].some(({ value }) => asked.some((one) => overlapsIntent(value, one))))
    return false;
  return places.every((place) => {
    const row = instanceOf(view, place)?.servers.get(`${place.backend}/${place.server}`);
    return row !== undefined && row.weight === row.initialWeight;
  });
}

function instanceOf(view: FleetView, { instance }: ServerPlace) {
  const [node = '', name = ''] = instance.split('/');
  const live = view.node(node);
  return isReachable(live, view.now()) ? live.instances.get(name) : undefined;
}
