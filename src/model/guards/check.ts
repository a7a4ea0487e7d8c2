import { printServerRef } from '../selector/index.ts';
import { freshnessOf } from '../server-state/index.ts';
import { groupBy } from './group-by.ts';
import { checkAgreement } from './guard-agreement.ts';
import { checkCapacity } from './guard-capacity.ts';
import { checkFreshness, pendingInstances } from './guard-freshness.ts';
import { checkLocks } from './guard-lock.ts';
import type { GuardRefusal, GuardRequest, GuardResult } from './types.ts';

/**
 * May this change be accepted? Asked once, before it is stored; the agents never ask again, because an intent that
 * held on one node and was refused on another would leave the fleet split.
 *
 * Taking out a server that is usable nowhere is refused by nothing but a lock: it serves nobody.
 */
export function checkGuards(request: GuardRequest): GuardResult {
  const refusals = findRefusals(request);
  const standing = refusals.filter((refusal) => reasonFor(request, refusal) === undefined);
  const pending = pendingInstances(request);
  return {
    verdict: standing.length > 0 ? 'refuse' : pending.length > 0 ? 'go-pending' : 'go',
    refusals: standing,
    overridden: refusals.flatMap((refusal) => {
      const reason = reasonFor(request, refusal);
      return reason === undefined ? [] : [{ ...refusal, reason }];
    }),
    warnings: request.change.requireAgreement ? [] : checkAgreement(request).map(({ message }) => message),
    pending,
  };
}

function findRefusals(request: GuardRequest): GuardRefusal[] {
  const locks = checkLocks(request);
  if (isOutEverywhere(request)) return locks;
  return [
    ...checkCapacity(request),
    ...checkFreshness(request),
    ...(request.change.requireAgreement ? checkAgreement(request) : []),
    ...locks,
  ];
}

/**
 * Usable on no instance, by the last word of each, however old, and seen so by at least one right now. An instance
 * of which nothing was ever read is told by its places: it has none.
 */
function isOutEverywhere({ change, instances }: GuardRequest): boolean {
  if (!change.takesOut || change.places.length === 0) return false;
  const byInstance = groupBy(change.places, ({ instance }) => instance);
  const sightings = [...byInstance].map(([name, places]) => {
    const instance = instances.find((one) => one.instance === name);
    const usable = new Map(instance?.servers.map((server) => [printServerRef(server), server.usable]));
    return {
      anyUsable: places.some((place) => usable.get(printServerRef(place)) ?? true),
      fresh: freshnessOf(instance?.ageMs) === 'fresh',
    };
  });
  return sightings.every(({ anyUsable }) => !anyUsable) && sightings.some(({ fresh }) => fresh);
}

function reasonFor({ overrides = [] }: GuardRequest, { guard }: GuardRefusal): string | undefined {
  return overrides.find((override) => override.guard === guard && override.reason.trim() !== '')?.reason;
}
