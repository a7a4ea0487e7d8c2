import { freshnessOf } from '../server-state/index.ts';
import {
  countCapacity,
  floorsOf,
  isBelowFloor,
  type CapacityCount,
  type CapacityQuestion,
} from './capacity.ts';
import { whatFits } from './fits.ts';
import { groupBy } from './group-by.ts';
import { foldInstances, howToInsist } from './text.ts';
import type { GuardRefusal, GuardRequest } from './types.ts';

/** One refusal per backend and distinct numbers: `web would keep 5 usable of 12 on lb[1-8], floor 8.` */
export function checkCapacity({ change, instances, floors = {} }: GuardRequest): GuardRefusal[] {
  if (!change.takesOut) return [];
  const question: CapacityQuestion = {
    instances: instances.filter(({ ageMs }) => freshnessOf(ageMs) === 'fresh'),
    places: change.places,
    floorOf: floorsOf(floors, change.minHealthy),
  };
  const groups = groupBy(countCapacity(question).filter(isBelowFloor), sameNumbers);
  return [...groups.values()].flatMap((counts) => refusal(question, counts));
}

function sameNumbers({ backend, usableAfter, total, floor }: CapacityCount): string {
  return JSON.stringify([backend, usableAfter, total, floor]);
}

function refusal(question: CapacityQuestion, counts: readonly CapacityCount[]): GuardRefusal[] {
  const first = counts[0];
  if (!first) return [];
  const { backend, usableAfter, total, floor } = first;
  const on = foldInstances(counts);
  const fits = whatFits(question, backend);
  return [
    {
      guard: 'capacity',
      message: `${backend} would keep ${usableAfter} usable of ${total} on ${on}, floor ${floor}.`,
      ...(fits === undefined ? {} : { fits }),
      override: howToInsist('capacity'),
      facts: { backend, usableNow: first.usableNow, usableAfter, total, floor, on },
    },
  ];
}
