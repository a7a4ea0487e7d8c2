import type { StatusAnswer } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import { formatDuration, type Line } from '../text/index.ts';
import { describeIntent, describeProblems } from './describe.ts';
import type { StatusReport } from './judge.ts';
import type { Problem } from './problem.ts';

/** Below the table of one server: what is wrong with it, what is wanted of it, how often it is checked. */
export function showNotes(answer: StatusAnswer, report: StatusReport): Line[] {
  const lines: string[] = [];
  for (const { farm, name, problems, noneUsable, worst, floor } of report.farms) {
    const usable = worst ? `${worst.usable}/${worst.total}` : 'unknown';
    lines.push(`${name}: usable ${usable}, floor ${floor}`);
    if (noneUsable.length > 0) lines.push(`${name}: none usable on ${foldNodeSet(noneUsable)}`);
    for (const note of describeProblems(problems.filter(isNews), answer.generatedAt))
      lines.push(`${name}/${note.text}`);
    const checks = farm.servers.reduce((sum, { checksPerSecond }) => sum + checksPerSecond, 0);
    if (checks > 0) lines.push(`${name}: ${round(checks)} health checks a second from all load balancers`);
  }
  lines.push(...checkSums(report));
  for (const intent of intentsOf(answer, report))
    lines.push(
      `wanted: ${wantText(intent)} on ${intent.on}${intent.exclude === undefined ? '' : ` but ${intent.exclude}`} ` +
        `${describeIntent(intent, answer.generatedAt)}, since ${formatDuration(answer.generatedAt - intent.from)}`,
    );
  return lines;
}

/** One name in several backends is one application as a rule, and feels the checks of them all. */
function checkSums({ farms }: StatusReport): string[] {
  const sums = new Map<string, { readonly backends: number; readonly checks: number }>();
  for (const { name, checksPerSecond } of farms.flatMap(({ farm }) => farm.servers)) {
    const { backends, checks } = sums.get(name) ?? { backends: 0, checks: 0 };
    sums.set(name, { backends: backends + 1, checks: checks + checksPerSecond });
  }
  return [...sums]
    .filter(([, { backends, checks }]) => backends > 1 && checks > 0)
    .map(
      ([name, { backends, checks }]) =>
        `${name}: ${round(checks)} health checks a second over ${backends} backends`,
    );
}

function round(perSecond: number): number {
  return Math.round(perSecond * 10) / 10;
}

/** What an intent explains is said where the intents are. */
function isNews({ kind, parties }: Problem): boolean {
  return kind !== 'out' || parties[0]?.cause !== 'intent';
}

function intentsOf({ intents }: StatusAnswer, { farms }: StatusReport): StatusAnswer['intents'] {
  const shown = new Set(
    farms.flatMap(({ farm }) => farm.servers.flatMap(({ name }) => [`${farm.backend}/${name}`, `*/${name}`])),
  );
  return intents.filter(({ backend, server }) => shown.has(`${backend}/${server}`));
}

function wantText({ want }: StatusAnswer['intents'][number]): string {
  if (want.aspect === 'state') return want.state.toUpperCase();
  return want.weight === null ? 'default weight' : `weight ${want.weight}`;
}
