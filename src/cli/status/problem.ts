import type { Verdict } from '../../model/index.ts';
import type { StatusIntent } from './intents.ts';
import { isIntended, type Cause, type Kind, type Standing } from './standing.ts';

/** One server on one load balancer with fresh data. */
export interface Sighting {
  readonly node: string;
  readonly standing: Standing;
}

/** Load balancers on which a server stands alike. */
export interface Party {
  readonly kind: Kind;
  readonly word: string;
  readonly nodes: readonly string[];
  readonly usable: boolean;
  readonly drifted: boolean;
  readonly check: string;
  /** The longest of them, Unix time in ms. */
  readonly since: number;
  readonly cause: Cause | undefined;
  readonly intent: StatusIntent | undefined;
}

/**
 * - `out`: drain or maint, whatever the reason
 * - `down`: as HAProxy sees it: down, going up or down, stopping, weight 0
 * - `split`: the load balancers disagree, and no intent explains it
 * - `drift`: everywhere else than an intent wants it
 */
export interface Problem {
  readonly kind: 'out' | 'down' | 'split' | 'drift';
  readonly verdict: Verdict;
  readonly server: string;
  /** Majority first. For `split` at least two; else one. */
  readonly parties: readonly Party[];
  /** Load balancers with fresh data that have the server. */
  readonly seen: number;
}

/** What there is to say about one server. None: it is used everywhere. */
export function findProblems(server: string, sightings: readonly Sighting[]): Problem[] {
  const parties = partiesOf(sightings);
  const unexplained = parties.filter((party) => !isIntended(party));
  const seen = sightings.length;
  const split = splitOf(parties, unexplained);
  const told = new Set(split);
  const problems: Problem[] = parties
    .filter((party) => !told.has(party) && (party.kind !== 'up' || party.drifted))
    .map((party) => ({ kind: kindOf(party), verdict: verdictOf(party), server, parties: [party], seen }));
  if (split.length === 0) return problems;
  return [{ kind: 'split', verdict: splitVerdict(split), server, parties: split, seen }, ...problems];
}

/** Drift makes every party part of the disagreement, for an intent wants them alike. */
function splitOf(parties: readonly Party[], unexplained: readonly Party[]): readonly Party[] {
  const among = parties.some(({ drifted }) => drifted) ? parties : unexplained;
  return new Set(among.map(treatment)).size > 1 ? among : [];
}

/** What a load balancer does with new requests. GOING DOWN beside UP is no disagreement: both still send some. */
function treatment({ kind, usable }: Party): string {
  return kind === 'drain' || kind === 'maint' ? kind : usable ? 'used' : 'unused';
}

function kindOf({ kind, drifted }: Party): Problem['kind'] {
  if (drifted) return 'drift';
  return kind === 'drain' || kind === 'maint' ? 'out' : 'down';
}

/** On purpose: WARNING while the intent holds. Overdue, or by hand and nobody said why: CRITICAL. */
function verdictOf({ cause, intent, drifted }: Party): Verdict {
  if (cause === 'intent' && intent?.overdue) return 'CRITICAL';
  return cause === 'hand' && !drifted ? 'CRITICAL' : 'WARNING';
}

function splitVerdict(parties: readonly Party[]): Verdict {
  return parties.some((party) => verdictOf(party) === 'CRITICAL') ? 'CRITICAL' : 'WARNING';
}

function partiesOf(sightings: readonly Sighting[]): Party[] {
  const parties = new Map<string, { nodes: string[]; standing: Standing; since: number }>();
  for (const { node, standing } of sightings) {
    const key = partyKey(standing);
    const party = parties.get(key);
    if (party) {
      party.nodes.push(node);
      party.since = Math.min(party.since, standing.since);
    } else parties.set(key, { nodes: [node], standing, since: standing.since });
  }
  return [...parties.values()]
    .map(({ nodes, standing, since }): Party => ({ ...standing, nodes, since }))
    .sort((a, b) => b.nodes.length - a.nodes.length);
}

/** A check that passes says nothing that matters; one that fails says why. */
function partyKey({ kind, word, usable, drifted, cause, check, intent }: Standing): string {
  if (kind === 'up' && !drifted) return `up ${usable}`;
  return JSON.stringify([kind, word, usable, drifted, cause, kind === 'down' ? check : '', intent?.id]);
}
