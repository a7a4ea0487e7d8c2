export { checkGuards } from './check.ts';
export {
  countCapacity,
  floorsOf,
  isBelowFloor,
  type CapacityCount,
  type CapacityQuestion,
} from './capacity.ts';
export { whatFits } from './fits.ts';
export * from './floor.ts';
export * from './types.ts';
