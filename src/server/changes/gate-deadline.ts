import type { FleetView } from '../fleet/fleet-view.ts';
import type { InstanceLive } from '../fleet/instance-live.ts';
import { rowsOf } from '../fleet/places.ts';
import type { StoredIntent } from '../store/records.ts';

const GATE_BASE_MS = 30_000;
/** HAProxy's own defaults: `inter 2s`, `rise 2`. */
const DEFAULT_INTER_MS = 2_000;
const DEFAULT_RISE = 2;

/** 30 s + rise × inter of the slowest server concerned (design.md, rule 4). */
export function gateDeadlineMs(view: FleetView, intents: readonly StoredIntent[]): number {
  let slowest = 0;
  for (const live of view.instances())
    for (const intent of intents) slowest = Math.max(slowest, greenAfterMs(live, intent));
  return GATE_BASE_MS + slowest;
}

function greenAfterMs(live: InstanceLive, intent: StoredIntent): number {
  const times = rowsOf(live, intent).map(
    ({ rise, checkIntervalMs }) => (rise ?? DEFAULT_RISE) * (checkIntervalMs ?? DEFAULT_INTER_MS),
  );
  return Math.max(0, ...times);
}
