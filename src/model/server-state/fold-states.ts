import { compareNatural } from '../../lib/index.ts';
import { foldNodeSet } from '../node-set/index.ts';
import { freshnessOf, type Freshness } from './freshness.ts';
import type { ServerState, StateWord } from './types.ts';

/** One server as one instance sees it. */
export interface ServerSighting {
  /** What to fold: the node's name, or `node/instance` where one node has several of them. */
  readonly where: string;
  readonly state: ServerState;
  /** Age of the reading; undefined when there never was one. */
  readonly ageMs: number | undefined;
}

/** Instances that say the same. */
export interface StateGroup {
  /** Set only while fresh: an old word is not a fact. */
  readonly word?: StateWord;
  /** `UP`, `UP weight 0`, `? stale`, `? unknown`. */
  readonly text: string;
  readonly freshness: Freshness;
  /** Folded, `lb[1-4]`. */
  readonly where: string;
  readonly count: number;
}

export interface FoldedServer {
  /** Majority first; among equals the worse first. */
  readonly groups: readonly StateGroup[];
  /** Fresh instances treat the server differently. UP beside GOING DOWN is no disagreement: both still send requests. */
  readonly disagree: boolean;
  /** Fresh instances on which it takes new requests. */
  readonly usableOn: number;
  readonly freshOn: number;
  readonly seenOn: number;
}

/** Never averages: every distinct state keeps its node set, so that the outlier is named. */
export function foldServerStates(sightings: readonly ServerSighting[]): FoldedServer {
  const fresh = sightings.filter(({ ageMs }) => freshnessOf(ageMs) === 'fresh');
  return {
    groups: groupByText(sightings),
    disagree: new Set(fresh.map(({ state }) => treatment(state))).size > 1,
    usableOn: fresh.filter(({ state }) => state.usable).length,
    freshOn: fresh.length,
    seenOn: sightings.length,
  };
}

/** Most alarming first. */
const WORST_FIRST: readonly string[] = [
  'DOWN',
  'GOING UP',
  'NOLB',
  'GOING DOWN',
  'MAINT',
  'DRAIN',
  '? unknown',
  '? stale',
];

function groupByText(sightings: readonly ServerSighting[]): StateGroup[] {
  const groups = new Map<string, ServerSighting[]>();
  for (const sighting of sightings) {
    const text = sightingText(sighting);
    groups.set(text, [...(groups.get(text) ?? []), sighting]);
  }
  return [...groups.entries()].map(([text, members]) => toGroup(text, members)).sort(compareGroups);
}

function toGroup(text: string, members: readonly ServerSighting[]): StateGroup {
  const first = members[0];
  const freshness = freshnessOf(first?.ageMs);
  return {
    ...(first && freshness === 'fresh' ? { word: first.state.word } : {}),
    text,
    freshness,
    where: foldNodeSet(members.map(({ where }) => where)),
    count: members.length,
  };
}

function sightingText({ state, ageMs }: ServerSighting): string {
  const freshness = freshnessOf(ageMs);
  if (freshness !== 'fresh') return `? ${freshness}`;
  const weightMatters = state.zeroWeight && state.admin === 'ready' && state.operational !== 'stopped';
  return weightMatters ? `${state.word} weight 0` : state.word;
}

function compareGroups(a: StateGroup, b: StateGroup): number {
  return b.count - a.count || severity(a) - severity(b) || compareNatural(a.where, b.where);
}

function severity({ text }: StateGroup): number {
  const rank = WORST_FIRST.indexOf(text);
  return rank < 0 ? WORST_FIRST.length : rank;
}

/** What an instance does with new requests. Rising and falling count as what they still are. */
function treatment({ admin, operational, usable }: ServerState): string {
  if (admin !== 'ready') return admin;
  return usable ? 'used' : operational;
}
