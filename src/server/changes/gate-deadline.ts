import type { FleetView } from '../fleet/fleet-view.ts';
import { means } from '../../model/index.ts';
import type { StoredIntent } from '../store/records.ts';

const GATE_BASE_MS = 30_000;
/** HAProxy's own defaults: `inter 2s`, `rise 2`. */
const DEFAULT_INTER_MS = 2_000;
const DEFAULT_RISE = 2;

/** 30 s + rise × inter of the slowest server concerned (design.md, rule 4). */
export function gateDeadlineMs(view: FleetView, intents: readonly StoredIntent[]): number {
  const times = view
    .instances()
    .flatMap((live) =>
      [...live.servers.values()].filter((row) => intents.some((intent) => means(intent, live.name, row))),
    )
    .map(({ rise, checkIntervalMs }) => (rise ?? DEFAULT_RISE) * (checkIntervalMs ?? DEFAULT_INTER_MS));
  return GATE_BASE_MS + Math.max(0, ...times);
}
