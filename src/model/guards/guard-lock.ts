import { howToInsist } from './text.ts';
import type { GuardRefusal, GuardRequest } from './types.ts';

export function checkLocks({ locks = [] }: GuardRequest): GuardRefusal[] {
  return locks.map(({ scope, owner, reason }) => ({
    guard: 'lock',
    message: `${scope} is locked by ${owner}${reason === undefined ? '' : `: ${reason}`}.`,
    override: howToInsist('lock'),
    facts: { scope, owner, ...(reason === undefined ? {} : { reason }) },
  }));
}
