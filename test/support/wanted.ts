import type { Fleet } from '../../dev/index.ts';
import type { Change } from '../../src/api/index.ts';
import { isMaint, serverStates } from './server-states.ts';

/** What one instance has to show of one server in the end. */
export interface Wanted {
  admin: 'ready' | 'drain' | 'maint';
  weight: number;
}

/** By `node backend/server`. */
export type WantedOfAll = Record<string, Wanted>;

/** Nodes with one instance each, and the servers, `backend/server`, that all of them have. */
export interface Ground {
  readonly nodes: readonly string[];
  readonly servers: readonly string[];
}

/**
 * The newest word on each server and node counts. A change that failed has changed nothing, nor has an `enable` that another one
 * took over: what holds stays until somebody is through the gate.
 */
export function wantedBy(changes: readonly Change[], { nodes, servers }: Ground): WantedOfAll {
  const model: WantedOfAll = Object.fromEntries(
    nodes.flatMap((node) => servers.map((name) => [`${node} ${name}`, { admin: 'ready', weight: 1 }])),
  );
  const inOrder = [...changes].sort((a, b) => numberOf(a) - numberOf(b));
  for (const change of inOrder) {
    if (change.state === 'failed' || (change.kind === 'enable' && change.state === 'superseded')) continue;
    for (const node of change.on === '*' ? nodes : [change.on])
      for (const server of change.servers) apply(change, model[`${node} ${server}`]);
  }
  return model;
}

function apply({ kind, weight }: Change, wanted: Wanted | undefined): void {
  if (!wanted) throw new Error('a change of a server that nobody named');
  if (kind === 'weight') wanted.weight = weight ?? 1;
  else wanted.admin = kind === 'disable' ? 'maint' : kind === 'drain' ? 'drain' : 'ready';
}

/** 17 of `CHG-17`. */
export function numberOf({ id }: Pick<Change, 'id'>): number {
  return Number(id.replace('CHG-', ''));
}

const FORCED_DRAIN = 8;

/** The same of what HAProxy itself shows now. */
export async function shownBy({ instances }: Pick<Fleet, 'instances'>): Promise<WantedOfAll> {
  const all: WantedOfAll = {};
  for (const { node, haproxy } of instances)
    for (const [name, columns] of await serverStates(haproxy)) {
      const admin = isMaint(columns) ? 'maint' : columns.admin & FORCED_DRAIN ? 'drain' : 'ready';
      all[`${node} ${name}`] = { admin, weight: columns.weight };
    }
  return all;
}

/** What differs, one line each: `lb1 web/web1: maint 1 instead of ready 1`. */
export function differences(shown: WantedOfAll, wanted: WantedOfAll): readonly string[] {
  const text = (one: Wanted | undefined) => (one ? `${one.admin} ${one.weight}` : 'nothing');
  return [...new Set([...Object.keys(shown), ...Object.keys(wanted)])]
    .filter((key) => text(shown[key]) !== text(wanted[key]))
    .map((key) => `${key}: ${text(shown[key])} instead of ${text(wanted[key])}`);
}

export function isAsWanted(shown: WantedOfAll, wanted: WantedOfAll): boolean {
  return differences(shown, wanted).length === 0;
}
