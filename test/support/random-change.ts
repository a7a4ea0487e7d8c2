import type { ChangeRequest } from '../../src/api/index.ts';
import type { Random } from './random.ts';
import type { Ground } from './wanted.ts';

/** Any change of state or weight, of one server on one node or on all. Nothing but a gate can keep it from holding. */
export function randomChange(random: Random, { nodes, servers }: Ground): ChangeRequest {
  const kind = random.pick(['disable', 'disable', 'drain', 'enable', 'enable', 'weight'] as const);
  return {
    kind,
    targets: [random.pick(servers)],
    on: random.pick(['*', '*', ...nodes]),
    ...(kind === 'weight' && { weight: random.pick([null, 5, 50, 200]) }),
    ...(kind === 'enable' && { gateMs: 1_500 }),
    overrides: ['capacity', 'freshness'],
    reason: 'random walk',
    waitMs: random.pick([0, 0, 500, 1_500]),
  };
}
