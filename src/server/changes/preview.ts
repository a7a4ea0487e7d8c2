import type { ChangePlan, ParsedChangeRequest, Transition, WireIntent } from '../../api/index.ts';
import { compareNatural } from '../../lib/index.ts';
import {
  countCapacity,
  floorsOf,
  type Floor,
  type GuardResult,
  type ServerPlace,
  goalText,
} from '../../model/index.ts';
import { stateOf } from '../fleet/cells.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { rowKey } from '../fleet/instance-live.ts';
import { stateIntents } from '../fleet/winning.ts';
import type { InstanceContents } from './resolve.ts';
import { unrelatedFaults } from './unrelated-faults.ts';

export interface PreviewParts {
  readonly view: FleetView;
  readonly request: ParsedChangeRequest;
  readonly scope: readonly InstanceContents[];
  readonly places: readonly ServerPlace[];
  readonly guards: GuardResult;
  readonly floors: Readonly<Record<string, Floor>>;
  readonly intentsOf: (node: string) => readonly WireIntent[];
}

/** What the change would do, from what is known now: the dry run, the question before it, and its record. */
export function previewChange(parts: PreviewParts): ChangePlan {
  const { scope, places, guards, request } = parts;
  const having = new Set(places.map(({ instance }) => instance));
  const seen = places.map((place) => ({ place, ...sighting(parts, place) }));
  return {
    transitions: foldTransitions(
      seen.map(({ place, ...now }) => ({
        place,
        from: present(request, now),
        to: goalText(request.kind, request.weight ?? now.initialWeight),
      })),
    ),
    effects: effects(parts),
    sessions: seen.reduce((sum, { sessions }) => sum + sessions, 0),
    skipped: scope.filter(({ instance }) => !having.has(instance)).map(({ instance }) => instance),
    pending: guards.pending.map(({ instance }) => instance),
    refusals: guards.refusals.map(({ guard, message, fits, override }) => ({
      guard,
      message,
      override,
      ...(fits === undefined ? {} : { fits }),
    })),
    overridden: guards.overridden.map(({ guard }) => guard),
    notes: [
      ...guards.warnings,
      ...fileNotes(request, seen),
      ...(takesOut(request) ? unrelatedFaults(parts) : []),
    ],
  };
}

function sighting({ view, intentsOf }: PreviewParts, { instance, backend, server }: ServerPlace) {
  const [node = '', name = ''] = instance.split('/');
  const row = view.node(node).instances.get(name)?.servers.get(`${backend}/${server}`);
  if (!row)
    return { word: 'unknown', sessions: 0, fileDisabled: false, weight: undefined, initialWeight: undefined };
  const { word } = stateOf(row, stateIntents(intentsOf(node), name));
  const { weight, initialWeight, sessions, fileDisabled } = row;
  return { word, sessions: sessions ?? 0, fileDisabled: fileDisabled === true, weight, initialWeight };
}

type Sighting = ReturnType<typeof sighting>;

/** What the change is about: the weight for one, the state for all others. */
function present({ kind }: ParsedChangeRequest, { word, weight }: Sighting): string {
  return kind === 'weight' && weight !== undefined ? `weight ${weight}` : word;
}

function fileNotes(
  { kind }: ParsedChangeRequest,
  seen: readonly { place: ServerPlace; fileDisabled: boolean }[],
): string[] {
  if (kind !== 'enable') return [];
  const disabled = new Set(
    seen.filter(({ fileDisabled }) => fileDisabled).map(({ place }) => `${place.backend}/${place.server}`),
  );
  return [...disabled].map((server) => `haproxy.cfg disables ${server}: it comes in until the next reload`);
}

function foldTransitions(all: readonly { place: ServerPlace; from: string; to: string }[]): Transition[] {
  const folded = new Map<string, Transition>();
  for (const { place, from, to } of all) {
    const key = JSON.stringify([place.backend, place.server, from, to]);
    const known = folded.get(key) ?? {
      backend: place.backend,
      server: place.server,
      instances: [],
      from,
      to,
    };
    folded.set(key, { ...known, instances: [...known.instances, place.instance] });
  }
  return [...folded.values()].sort(
    (a, b) =>
      compareNatural(a.backend, b.backend) ||
      compareNatural(a.server, b.server) ||
      compareNatural(a.from, b.from),
  );
}

/** Capacity per backend, the instances with equal numbers folded together, the tightest first. */
function effects({ guards: _guards, ...parts }: PreviewParts): ChangePlan['effects'] {
  const counts = countCapacity({
    instances: parts.scope.map((contents) => ({
      instance: contents.instance,
      node: contents.node,
      ageMs: 0,
      servers: usabilities(parts, contents),
    })),
    places: takesOut(parts.request) ? parts.places : [],
    floorOf: floorsOf(parts.floors, undefined),
  });
  const folded = new Map<string, ChangePlan['effects'][number]>();
  for (const { backend, instance, usableNow, usableAfter, total, floor } of counts) {
    const key = [backend, usableNow, usableAfter, total, floor].join(' ');
    const known = folded.get(key);
    if (known) known.instances.push(instance);
    else
      folded.set(key, {
        backend,
        usableBefore: usableNow,
        usableAfter,
        servers: total,
        floor,
        instances: [instance],
      });
  }
  return [...folded.values()].sort((a, b) => a.usableAfter - a.floor - (b.usableAfter - b.floor));
}

function usabilities(
  { view, intentsOf }: Omit<PreviewParts, 'guards'>,
  { node, name, servers }: InstanceContents,
) {
  const intents = stateIntents(intentsOf(node), name);
  const rows = view.node(node).instances.get(name)?.servers;
  return servers.map((server) => {
    const row = rows?.get(rowKey(server));
    return {
      ...server,
      usable: row !== undefined && stateOf(row, intents).usable,
      backup: row?.backup ?? false,
    };
  });
}

/** Does the change end in servers taking no new requests? */
export function takesOut({ kind, weight }: Pick<ParsedChangeRequest, 'kind' | 'weight'>): boolean {
  return kind === 'disable' || kind === 'drain' || (kind === 'weight' && weight === 0);
}
