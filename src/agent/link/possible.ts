import type { WireIntent } from '../../api/index.ts';

/**
 * Whether an intent means anything. The phases of a gate belong to servers on their way in; with another want they would
 * be read in one way here and in another elsewhere.
 */
export function isPossible({ want, phase }: Pick<WireIntent, 'want' | 'phase'>): boolean {
  if (phase === 'holding') return true;
  if (want.aspect === 'state') return want.state === 'ready';
  return want.weight === null && phase === 'entering';
}
