import type { Change, InstanceResult } from '../../api/index.ts';
import { foldNodeSet } from '../../model/index.ts';
import type { ChangeRecord, IntentRecord } from '../store/records.ts';

export interface ChangeSituation {
  readonly kind: ChangeRecord['kind'];
  readonly drain: ChangeRecord['drain'];
  /** What its intents want now, and how far they are; all intents of a change move together. */
  readonly want: IntentRecord['want'];
  readonly phase: IntentRecord['phase'];
  readonly results: readonly InstanceResult[];
  /** Nodes in scope that this server has not heard since it started. */
  readonly awaited: readonly string[];
  /** Since this server started. */
  readonly upMs: number;
  /** Since this phase began, on the leader's monotonic clock. */
  readonly elapsedMs: number;
  /** The health gate's deadline. */
  readonly gateMs: number;
}

/**
 * What to do with a change next.
 * - `wait`: nothing, it is on its way
 * - `phase`: write the intents' next phase
 * - `drained`: the sessions are gone or the deadline is over: kill what is left, go on to `next`
 * - `rest`: it stands as `state`; its intents go on holding
 * - `end`: it is over as `state`; its intents go
 */
export type Decision =
  /** `isBlind`: nothing is known yet, so what was known before stands. */
  | { readonly do: 'wait'; readonly step: string; readonly isBlind?: true }
  | { readonly do: 'phase'; readonly phase: 'entering' | 'returning'; readonly message?: string }
  | { readonly do: 'drained'; readonly kill: boolean; readonly next: boolean }
  | { readonly do: 'rest'; readonly state: Change['state']; readonly step: string }
  | { readonly do: 'end'; readonly state: Change['state']; readonly step: string };

/** A reachable agent that has not said how it stands by then is said to have failed. It goes on trying. */
export const ACKNOWLEDGE_WITHIN_MS = 10_000;

/** HAProxy or the agent's own file said no: trying again changes nothing. */
const FINAL_CODES = new Set([
  'permission-denied',
  'forbidden',
  'not-allowed',
  'read-only',
  'backend-not-allowed',
]);

/** Decides from data alone; the controller does it. */
export function decideChange(now: ChangeSituation): Decision {
  const { want, phase } = now;
  if (isBlind(now))
    return { do: 'wait', step: `waiting for ${foldNodeSet(now.awaited)} to connect`, isBlind: true };
  if (want.aspect === 'weight') return want.weight === null ? ending(now) : holding(now);
  if (want.state !== 'ready')
    return now.drain && want.state === 'drain' ? draining(now, now.drain) : holding(now);
  if (phase === 'gating') return gating(now);
  return phase === 'returning' ? returning(now) : ending(now);
}

/** A server that has just started has heard nobody: that nobody is red then does not open a gate, nor is anybody away. */
function isBlind({ awaited, upMs, results }: ChangeSituation): boolean {
  return awaited.length > 0 && (upMs < ACKNOWLEDGE_WITHIN_MS || results.length === 0);
}

/** An instance that was told and has not answered in time counts as failed. */
export function overdueAsFailed(results: readonly InstanceResult[], elapsedMs: number): InstanceResult[] {
  if (elapsedMs < ACKNOWLEDGE_WITHIN_MS) return [...results];
  return results.map((one) =>
    one.result === 'waiting' && one.code === 'not-acknowledged'
      ? { ...one, result: 'failed', message: 'the agent is connected but has not acknowledged' }
      : one,
  );
}

function holding(now: ChangeSituation): Decision {
  const results = overdueAsFailed(now.results, now.elapsedMs);
  const { waiting, failed, behind, done } = counts(results);
  if (waiting.length > 0) return { do: 'wait', step: `waiting for ${where(waiting)}` };
  const isRefused = failed.length > 0 && failed.length === behind.length && done.length === 0;
  if (isRefused && failed.every(({ code }) => FINAL_CODES.has(code ?? '')))
    return { do: 'end', state: 'failed', step: `refused on ${where(failed)}` };
  return { do: 'rest', ...verdict(behind) };
}

function draining(now: ChangeSituation, drain: NonNullable<ChangeRecord['drain']>): Decision {
  const results = overdueAsFailed(now.results, now.elapsedMs);
  const { waiting, behind, done } = counts(results);
  if (waiting.length > 0) return { do: 'wait', step: `waiting for ${where(waiting)}` };
  const busy = done.filter(({ sessions }) => (sessions ?? 0) > 0);
  const isOver = now.elapsedMs >= drain.waitMs;
  if (busy.length > 0 && !isOver) {
    const left = busy.reduce((sum, { sessions }) => sum + (sessions ?? 0), 0);
    return { do: 'wait', step: `${left} session${left === 1 ? '' : 's'} left on ${where(busy)}` };
  }
  const kill = busy.length > 0 && drain.kill;
  if (drain.next !== undefined || kill) return { do: 'drained', kill, next: drain.next !== undefined };
  if (busy.length > 0) return { do: 'rest', state: 'timed-out', step: `sessions left on ${where(busy)}` };
  return { do: 'rest', ...verdict(behind) };
}

/** Ready goes out when all are green; at the deadline to none. */
function gating(now: ChangeSituation): Decision {
  const { waiting, failed } = counts(now.results);
  const red = [...failed, ...waiting.filter(({ code }) => code !== 'green')];
  if (red.length === 0) return { do: 'phase', phase: 'entering' };
  const isHopeless = failed.some(({ code }) => FINAL_CODES.has(code ?? ''));
  if (now.elapsedMs < now.gateMs && !isHopeless)
    return { do: 'wait', step: `checks are not green on ${where(red)}` };
  return { do: 'phase', phase: 'returning', message: `the health gate stayed red on ${where(red)}` };
}

/** The gate is open, or a weight goes back: over when everybody has read it back, also those who were away. */
function ending(now: ChangeSituation): Decision {
  const results = lateAsRed(overdueAsFailed(now.results, now.elapsedMs), now);
  const { waiting, behind } = counts(results);
  if (waiting.length > 0) return { do: 'wait', step: `waiting for ${where(waiting)}` };
  return behind.length > 0 ? { do: 'rest', ...verdict(behind) } : { do: 'end', state: 'done', step: 'done' };
}

/** A node that came late and whose checks stay red holds up nobody: the change is partial. */
export function lateAsRed(
  results: readonly InstanceResult[],
  { phase, elapsedMs, gateMs }: Pick<ChangeSituation, 'phase' | 'elapsedMs' | 'gateMs'>,
): InstanceResult[] {
  if (phase !== 'entering' || elapsedMs < gateMs) return [...results];
  return results.map((one) => (one.result === 'waiting' ? { ...one, result: 'red' } : one));
}

function returning(now: ChangeSituation): Decision {
  const { waiting } = counts(overdueAsFailed(now.results, now.elapsedMs));
  if (waiting.length > 0) return { do: 'wait', step: `going back on ${where(waiting)}` };
  return { do: 'end', state: 'failed', step: 'went back' };
}

function counts(results: readonly InstanceResult[]) {
  const of = (...wanted: InstanceResult['result'][]) =>
    results.filter(({ result }) => wanted.includes(result));
  return {
    done: of('done'),
    waiting: of('waiting'),
    failed: of('failed'),
    /** Everything that is not as wanted and will not be without something else happening. */
    behind: of('failed', 'pending', 'red', 'drifted'),
  };
}

function verdict(behind: readonly InstanceResult[]): { state: Change['state']; step: string } {
  if (behind.length === 0) return { state: 'done', step: 'done' };
  return { state: 'partial', step: `${behind[0]?.result ?? ''} on ${where(behind)}` };
}

function where(results: readonly InstanceResult[]): string {
  return foldNodeSet(results.map(({ node }) => node));
}
