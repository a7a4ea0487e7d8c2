import { compareNatural } from '../../lib/index.ts';
import { foldNodeSet, type ServerPlace } from '../../model/index.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { InstanceContents } from './resolve.ts';

export interface FaultQuestion {
  readonly view: FleetView;
  readonly scope: readonly InstanceContents[];
  readonly places: readonly ServerPlace[];
}

/** Every bit of srv_admin_state that is maint or drain; what remains (4, 64) tells of the file and of names alone. */
const OUT = 1 | 2 | 8 | 16 | 32;
const STOPPED = 0;
/** Servers that are named; the rest is counted. */
const NAMED = 5;

/**
 * Servers that nobody took out and that are down, on the instances in scope and not part of the change: no reason to
 * refuse it, but whoever is about to take something out should know. Every row of the fleet is looked at, so by integers.
 */
export function unrelatedFaults({ view, scope, places }: FaultQuestion): string[] {
  const meant = new Set(places.map(({ backend, server }) => `${backend}/${server}`));
  const nodes = new Map<string, Set<string>>();
  for (const { node, name } of scope)
    for (const [key, row] of view.node(node).instances.get(name)?.servers ?? []) {
      if (row.operationalState !== STOPPED || (row.adminFlags & OUT) !== 0 || meant.has(key)) continue;
      nodes.set(key, (nodes.get(key) ?? new Set()).add(node));
    }
  const found = [...nodes].sort(([a], [b]) => compareNatural(a, b));
  const texts = found.slice(0, NAMED).map(([key, on]) => `${key} on ${foldNodeSet([...on])}`);
  if (found.length > NAMED) texts.push(`${found.length - NAMED} more`);
  return texts.length === 0 ? [] : [`down, and not part of this: ${texts.join(', ')}`];
}
