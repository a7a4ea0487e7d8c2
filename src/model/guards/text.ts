import { foldNodeSet } from '../node-set/index.ts';
import type { GuardName } from './types.ts';

interface Named {
  readonly instance: string;
  readonly node: string;
}

/** By node, `lb[1-8]`; by `node/instance` where one node is in it twice. */
export function foldInstances(instances: readonly Named[]): string {
  const nodes = instances.map(({ node }) => node);
  const ambiguous = new Set(nodes).size < instances.length;
  return foldNodeSet(ambiguous ? instances.map(({ instance }) => instance) : nodes);
}

export function howToInsist(guard: GuardName): string {
  return `--override ${guard} --reason "..."`;
}
