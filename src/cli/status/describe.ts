import { foldNodeSet, type Verdict } from '../../model/index.ts';
import { formatDuration } from '../text/index.ts';
import type { StatusIntent } from './intents.ts';
import type { Party, Problem } from './problem.ts';

/** What a row of the table says: problems that differ in the server alone are one. */
export interface Note {
  readonly verdict: Verdict;
  readonly servers: readonly string[];
  readonly text: string;
}

/** One note for all servers of which the same is to be said, in the order of the problems. */
export function describeProblems(problems: readonly Problem[], nowMs: number): Note[] {
  const alike = new Map<string, Problem[]>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.kind, problem.seen, problem.parties.map(sameness)]);
    alike.set(key, [...(alike.get(key) ?? []), problem]);
  }
  return [...alike.values()].map((group) => describeGroup(group, nowMs));
}

/** All but how long. */
function sameness({ since: _since, intent, ...party }: Party): unknown {
  return { ...party, change: intent?.change, until: intent?.until };
}

function describeGroup(group: readonly Problem[], nowMs: number): Note {
  const [first] = group;
  const servers = group.map(({ server }) => server);
  if (!first) return { verdict: 'OK', servers, text: '' };
  const since = Math.min(...group.flatMap(({ parties }) => parties.map((party) => party.since)));
  const named = foldNodeSet(servers);
  const text =
    first.kind === 'split'
      ? `${named}: LBs disagree: ${first.parties.map(describeParty).join(', ')}`
      : `${named} ${describeOne(first, since, nowMs)}`;
  return { verdict: first.verdict, servers, text };
}

/** `lb[5-8] DRAIN (drift)`. */
function describeParty({ nodes, word, check, kind, drifted, intent, cause }: Party): string {
  const why = kind === 'down' && check !== '' ? ` ${check}` : '';
  const wanted = drifted ? ` (drift: ${wantedBy(intent)})` : cause === 'hand' ? ' by hand' : '';
  return `${foldNodeSet(nodes)} ${word}${why}${wanted}`;
}

function describeOne({ kind, parties, seen }: Problem, since: number, nowMs: number): string {
  const [party] = parties;
  if (!party) return '';
  const age = formatDuration(nowMs - since);
  const where = party.nodes.length === seen ? '' : ` on ${foldNodeSet(party.nodes)}`;
  switch (kind) {
    case 'drift':
      return `${party.word} by hand${where}, ${age}, ${wantedBy(party.intent)} (drift)`;
    case 'out':
      return `${party.word}${where}${describeCause(party, age, nowMs)}`;
    case 'down':
    case 'split':
      return describeDown(party, age, seen);
  }
}

function describeDown({ kind, word, check, nodes }: Party, age: string, seen: number): string {
  const state = kind === 'no-weight' ? `${word} with weight 0, no new requests` : word;
  return `${state}${check === '' ? '' : ` ${check}`}, ${age}, seen by ${nodes.length}/${seen}`;
}

function describeCause({ cause, intent, kind }: Party, age: string, nowMs: number): string {
  switch (cause) {
    case 'intent':
      return intent ? ` ${describeIntent(intent, nowMs)}` : '';
    case 'file':
      return ', disabled in haproxy.cfg';
    case 'tracking':
      return ', follows the server it tracks';
    case 'resolution':
      return ', its name does not resolve';
    case 'agent-check':
      return ', by its agent check';
    case 'unrecorded':
      return `, ${age}`;
    case 'hand':
    case undefined:
      return ` by hand, ${age}, nobody said why: \`server ${kind === 'drain' ? 'drain' : 'disable'}\` or \`server enable\` it`;
  }
}

/** `by mara "disk swap", INC-7, 3h12m left, CHG-1042`. */
export function describeIntent(intent: StatusIntent, nowMs: number): string {
  const why = intent.why === '' ? '' : ` "${intent.why}"`;
  const ticket = intent.ticket === undefined ? '' : `, ${intent.ticket}`;
  return `by ${intent.who}${why}${ticket}, ${describePhase(intent, nowMs)}, ${intent.change}`;
}

function describePhase({ phase, until, overdue }: StatusIntent, nowMs: number): string {
  if (phase === 'gating') return 'coming in, waiting for green checks';
  if (phase === 'entering') return 'coming in';
  if (phase === 'returning') return 'its checks stayed red, going back';
  if (until === undefined) return overdue ? 'overdue' : 'no end set';
  const left = until - nowMs;
  return overdue || left <= 0 ? `overdue ${formatDuration(-left)}` : `${formatDuration(left)} left`;
}

function wantedBy(intent: StatusIntent | undefined): string {
  if (!intent || intent.want.aspect !== 'state') return 'not as wanted';
  return `wanted ${intent.want.state.toUpperCase()} by ${intent.who}, ${intent.change}`;
}
