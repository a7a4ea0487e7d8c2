import type { ChangePlan } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { paint, type Line } from '../text/index.ts';
import { foldInstances } from './instances.ts';

export interface ScopeView {
  readonly plan: ChangePlan;
  /** Name of the context, or the socket. */
  readonly context: string;
}

/** Lines of each kind that are shown; the rest is counted. */
const MAX_LINES = 8;

/** What the change is about, before anybody is asked: where, from what to what, what it costs. */
export function renderScope({ plan, context }: ScopeView): Line[] {
  return [
    ...titled('Scope', scopeLines(plan, context)),
    ...titled('Change', capped(transitionLines(plan))),
    ...titled('Effect', capped(effectLines(plan))),
    ...titled(
      'Skips',
      plan.skipped.length === 0 ? [] : [`${foldInstances(plan.skipped)}: no such server there`],
    ),
    ...titled(
      'Later',
      plan.pending.length === 0 ? [] : [`${foldInstances(plan.pending)}: not reachable now, follows`],
    ),
    ...titled(
      'Guards',
      plan.overridden.map((guard) => `${guard} overridden`),
    ),
    ...titled('Note', plan.notes),
  ];
}

/** Every guard that refuses, what would fit, and how to insist on all of it at once. */
export function renderRefusals({ refusals }: ChangePlan): Line[] {
  if (refusals.length === 0) return [];
  const fits = refusals.flatMap((refusal) => refusal.fits ?? []);
  return [
    ...refusals.map(({ guard, message }): Line => [paint('red', 'REFUSED'), ` by guard ${guard}: `, message]),
    [fits.length === 0 ? '' : `${fits.join(', ')} would fit. `, `To insist: ${overrideFlags(refusals)}`],
  ];
}

/** One reason speaks for several guards. */
function overrideFlags(refusals: ChangePlan['refusals']): string {
  const each = [...new Set(refusals.map(({ override }) => override))];
  return each.map((one, at) => (at < each.length - 1 ? one.replace(/ --reason "[^"]*"/, '') : one)).join(' ');
}

/** Nothing would change: everything is as wanted, and everything can be reached. The server has the last word. */
export function isAlreadySo({ transitions, pending, refusals }: ChangePlan): boolean {
  return transitions.every(stays) && pending.length === 0 && refusals.length === 0;
}

/** `NO CHECK` is as much in use as UP can be. */
function stays({ from, to }: ChangePlan['transitions'][number]): boolean {
  return from === to || (to.startsWith('UP') && (from === 'UP' || from === 'NO CHECK'));
}

/** `8/8`: instances that have the server, of them those that can be reached. */
export function countInstances(plan: ChangePlan): { readonly reached: number; readonly all: number } {
  const reached = reachedInstances(plan);
  return { reached: reached.length, all: reached.length + plan.pending.length };
}

function reachedInstances({ transitions, effects, pending }: ChangePlan): string[] {
  const all = [...transitions, ...effects].flatMap(({ instances }) => instances);
  const later = new Set(pending);
  return [...new Set(all)].filter((instance) => !later.has(instance));
}

function scopeLines(plan: ChangePlan, context: string): string[] {
  const servers = [...new Set(plan.transitions.map(({ backend, server }) => `${backend}/${server}`))];
  const { reached, all } = countInstances(plan);
  const instances = reachedInstances(plan);
  const where = instances.length === 0 ? 'no load balancer now' : foldInstances(instances);
  const what = servers.length === 0 ? 'nothing to change' : foldBackends(servers);
  return [`${what} on ${reached}/${all} instances (${where}), context ${context}`];
}

function transitionLines({ transitions }: ChangePlan): string[] {
  const alike = new Map<string, { refs: string[]; text: string }>();
  for (const transition of transitions) {
    const { backend, server, instances, from, to } = transition;
    const change = stays(transition) ? `stays ${from}` : `${from} -> ${to}`;
    const text = `${change} on ${foldInstances(instances)}`;
    const group = alike.get(text) ?? { refs: [], text };
    group.refs.push(`${backend}/${server}`);
    alike.set(text, group);
  }
  const [only, ...others] = alike.values();
  if (only && others.length === 0 && only.refs.length > FEW_REFS)
    return [`all ${only.refs.length}: ${only.text}`];
  return [...alike.values()].map(({ refs, text }) => `${foldRefs(refs)} ${text}`);
}

function effectLines({ effects, sessions }: ChangePlan): string[] {
  const lines = effects.map(({ backend, usableBefore, usableAfter, servers, floor, instances }) => {
    const change =
      usableBefore === usableAfter ? `stays ${usableAfter}` : `${usableBefore} -> ${usableAfter}`;
    return `${backend}: usable ${change} of ${servers} (floor ${floor}) on ${foldInstances(instances)}`;
  });
  return sessions === 0 ? lines : [...lines, `${sessions} session${sessions === 1 ? '' : 's'} on them now`];
}

function titled(title: string, texts: readonly string[]): Line[] {
  return texts.map((text, index): Line => [(index === 0 ? title : '').padEnd(8), text]);
}

function capped(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LINES) return [...lines];
  return [...lines.slice(0, MAX_LINES - 1), `${lines.length - MAX_LINES + 1} more`];
}

/** More than so many are told as a number of backends: a machine that serves everything has a line of its own in each. */
const FEW_REFS = 3;

/** `web1 in 5 backends (api, app, …)` where one server stands in many, else each by name. */
function foldBackends(refs: readonly string[]): string {
  const servers = new Set(refs.map((ref) => ref.slice(ref.indexOf('/') + 1)));
  if (refs.length <= FEW_REFS || servers.size > 1) return foldRefs(refs);
  const backends = refs.map((ref) => ref.slice(0, ref.indexOf('/')));
  return `${[...servers].join('')} in ${backends.length} backends (${capped(backends).join(', ')})`;
}

/** `web/web[1-3],api/web1`: folded within each backend, for a backend's own digits must not mix with its servers'. */
export function foldRefs(refs: readonly string[]): string {
  const byBackend = new Map<string, string[]>();
  for (const ref of refs) {
    const at = ref.indexOf('/');
    const backend = ref.slice(0, at);
    byBackend.set(backend, [...(byBackend.get(backend) ?? []), ref.slice(at + 1)]);
  }
  return [...byBackend]
    .map(([backend, servers]) => {
      const folded = foldNodeSet(servers);
      return folded
        .split(/,(?![^[]*\])/)
        .map((one) => `${backend}/${one}`)
        .join(',');
    })
    .join(',');
}
