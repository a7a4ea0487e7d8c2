import type { InstanceResult } from '../../api/index.ts';
import { lateAsRed, overdueAsFailed, type ChangeSituation, type Decision } from './decide.ts';
import type { ChangeProgress } from './view.ts';

/** What people are told while a decision is carried out: a step is not done because it was decided. */
export function progressOf(decision: Decision, situation: ChangeSituation): ChangeProgress {
  const results = lateAsRed(overdueAsFailed(situation.results, situation.elapsedMs), situation);
  switch (decision.do) {
    case 'wait':
      return { state: 'running', step: decision.step, results };
    case 'phase':
      return {
        state: 'running',
        step: decision.phase === 'entering' ? 'checks are green, giving ready' : 'going back',
        results,
      };
    case 'drained':
      return { state: 'running', step: 'drained', results };
    case 'rest':
      return { state: decision.state, step: decision.step, results };
    case 'end':
      return { state: 'running', step: decision.step, results };
  }
}

/** How a one-off ended, from what each instance said. */
export function oneOffVerdict(results: readonly InstanceResult[]): Pick<ChangeProgress, 'state' | 'step'> {
  const failed = results.filter(({ result }) => result === 'failed');
  if (failed.length === 0) return { state: 'done', step: 'done' };
  const state = results.some(({ result }) => result === 'done') ? 'partial' : 'failed';
  return { state, step: `failed on ${failed.length} of ${results.length}` };
}

/** Held up the gate. */
export function isRed({ result, code }: InstanceResult): boolean {
  return result === 'waiting' && code !== 'green';
}
