import type { Change, InstanceResult, InstanceView } from '../../api/index.ts';
import { selectInstances, statusOfNodes } from './from-status.ts';
import type { MilkGroup, MilkNode } from './report.ts';

/** The report of `disable` and `enable`: instances without the server are skipped, pending ones are a warning. */
export function changeGroups(
  change: Change,
  instances: readonly InstanceView[],
  services: readonly string[],
): MilkGroup[] {
  return selectInstances(instances, services).map(({ group, names }) => ({
    name: group,
    services: names.map((name) => {
      const nodes = change.results
        .filter(({ instance, result }) => instance === name && result !== 'skipped')
        .map(nodeOf);
      return {
        name: group === name ? name : `${group}.${name}`,
        status: statusOfNodes(nodes),
        nodes,
        command: `hafleet change show ${change.id}`,
      };
    }),
  }));
}

const EXITS: Readonly<Record<InstanceResult['result'], MilkNode['exit']>> = {
  done: 0,
  skipped: 0,
  pending: 1,
  waiting: 'timeout',
  failed: 2,
  red: 2,
  drifted: 2,
};

function nodeOf({ node, result, message }: InstanceResult): MilkNode {
  const line =
    result === 'pending'
      ? `pending, follows when it answers${message === undefined ? '' : ` (${message})`}`
      : message;
  return { node, exit: EXITS[result], lines: line === undefined || result === 'done' ? [] : [line] };
}
