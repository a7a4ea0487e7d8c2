import type { Cell, StatusAnswer } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { isoTime } from '../text/index.ts';
import { describeProblems } from './describe.ts';
import { cellOf, type Farm, type FarmServer } from './farm.ts';
import type { FarmReport, StatusReport } from './judge.ts';

/** `items` of the JSON document: one per backend, worst first. Fields are only added within v1. */
export function statusItems(answer: StatusAnswer, report: StatusReport): unknown[] {
  return report.farms.map((farm) => farmItem(answer, farm));
}

function farmItem(
  answer: StatusAnswer,
  { farm, verdict, worst, places, problems, noneUsable, floor }: FarmReport,
) {
  return {
    backend: farm.backend,
    instance: farm.instance ?? null,
    verdict,
    usable: worst?.usable ?? null,
    total: worst?.total ?? farm.servers.length,
    floor,
    noneUsableOn: noneUsable,
    problems: describeProblems(problems, answer.generatedAt),
    nodes: places.map(({ node, instance, freshness, ageMs, usable, total }) => ({
      node,
      instance,
      freshness,
      ageMs,
      usable,
      total,
    })),
    servers: farm.servers.map((server) => ({
      server: server.name,
      checksPerSecond: server.checksPerSecond,
      states: serverStates(answer, farm, server),
    })),
  };
}

/** Load balancers that say the same of a server, the largest group first. */
function serverStates(answer: StatusAnswer, farm: Farm, server: FarmServer): unknown[] {
  const groups = new Map<string, { nodes: string[]; cell: NonNullable<Cell>; freshness: string }>();
  for (const place of farm.places) {
    const cell = cellOf(answer, place, server);
    if (cell === null) continue;
    const { node, freshness } = place.view;
    const key = JSON.stringify([freshness, cell[0], cell[1], cell[2], cell[4], cell[5]]);
    const group = groups.get(key);
    if (group) group.nodes.push(node);
    else groups.set(key, { nodes: [node], cell, freshness });
  }
  return [...groups.values()]
    .sort((a, b) => b.nodes.length - a.nodes.length)
    .map(({ nodes, cell, freshness }) => stateItem(nodes, cell, freshness));
}

function stateItem(nodes: readonly string[], cell: NonNullable<Cell>, freshness: string) {
  const [state, admin, weight, since, check, flags] = cell;
  return {
    on: foldNodeSet(nodes),
    nodes,
    freshness,
    state,
    admin,
    weight,
    check,
    since: isoTime(since),
    usable: (flags & 1) !== 0,
  };
}
