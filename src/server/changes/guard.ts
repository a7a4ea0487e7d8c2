import {
  checkGuards,
  parseFloor,
  type Floor,
  type GuardedInstance,
  type GuardName,
  type GuardResult,
  type ServerPlace,
} from '../../model/index.ts';
import type { WireIntent } from '../../api/index.ts';
import { stateOf } from '../fleet/cells.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { ageMs } from '../fleet/instance-live.ts';
import { isReachable } from '../fleet/node-live.ts';
import { stateIntents } from '../fleet/winning.ts';
import type { BackendRecord } from '../store/records.ts';
import type { InstanceContents } from './resolve.ts';

export interface GuardQuestion {
  readonly view: FleetView;
  readonly scope: readonly InstanceContents[];
  readonly places: readonly ServerPlace[];
  readonly takesOut: boolean;
  readonly floors: Readonly<Record<string, Floor>>;
  readonly overrides: readonly GuardName[];
  readonly reason: string;
  intentsOf(node: string): readonly WireIntent[];
}

/** Asks the guards about a change, with everything that is accepted already counted as if it were done. */
export function askGuards(question: GuardQuestion): GuardResult {
  return checkGuards({
    change: {
      takesOut: question.takesOut,
      places: question.places,
      scope: question.scope.map(({ instance }) => instance),
    },
    instances: question.scope.map((contents) => guardedInstance(contents, question)),
    floors: question.floors,
    overrides: question.overrides.map((guard) => ({ guard, reason: question.reason })),
  });
}

function guardedInstance(
  { node, name, instance, servers }: InstanceContents,
  question: GuardQuestion,
): GuardedInstance {
  const live = question.view.node(node);
  const known = live.instances.get(name);
  const intents = stateIntents(question.intentsOf(node), name);
  const age = known && isReachable(live, question.view.now()) ? ageMs(known, question.view.now()) : null;
  return {
    instance,
    node,
    ageMs: age ?? undefined,
    servers: servers.map((server) => {
      const row = known?.servers.get(`${server.backend}/${server.server}`);
      const wanted = intents.stateWanted(server);
      // Two operators at once: what the first was granted and no agent has done yet is gone all the same.
      const goesOut = wanted === 'drain' || wanted === 'maint' || intents.weightWanted(server) === 0;
      return {
        ...server,
        usable: row !== undefined && stateOf(row, intents).usable && !goesOut,
        backup: row?.backup ?? false,
      };
    }),
  };
}

/** Floors as set by `backend set`, read once. A text that cannot be read was refused when it was set. */
export function floorsOfRecords(records: Iterable<readonly [string, BackendRecord]>): Record<string, Floor> {
  const floors: Record<string, Floor> = Object.create(null);
  for (const [backend, { minHealthy }] of records) {
    const floor = minHealthy === null ? undefined : parseFloor(minHealthy);
    if (floor?.ok) floors[backend] = floor.value;
  }
  return floors;
}
