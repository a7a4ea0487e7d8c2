import { capacityAlarms } from './capacity-alarms.ts';
import { nodeAlarms } from './node-alarms.ts';
import { serverAlarms } from './server-alarms.ts';
import type { AlarmFacts, OpenAlarm } from './types.ts';

const WORST_FIRST: readonly OpenAlarm['severity'][] = ['critical', 'warning', 'info'];

/** Everything that is wrong now, the worst first. Code and subject of no two are the same. */
export function findAlarms(facts: AlarmFacts): OpenAlarm[] {
  const found = [
    ...storeAlarms(facts),
    ...nodeAlarms(facts),
    ...capacityAlarms(facts),
    ...serverAlarms(facts),
    ...holdAlarms(facts),
  ];
  return WORST_FIRST.flatMap((severity) => found.filter((alarm) => alarm.severity === severity));
}

function storeAlarms({ store }: AlarmFacts): OpenAlarm[] {
  if (!store) return [];
  const common = { severity: 'critical', subject: 'store', nodes: [] } as const;
  if (store.code === 'store-full')
    return [
      {
        ...common,
        code: 'store-full',
        message:
          'the disk under the store is full: nothing can be changed. Traffic and what holds are not touched',
        command: 'df -h',
      },
    ];
  return [
    {
      ...common,
      code: 'store-unavailable',
      message: `the store refuses: ${store.message}`,
      command: 'journalctl -u hafleet-server',
    },
  ];
}

function holdAlarms({ holds }: AlarmFacts): OpenAlarm[] {
  return holds.flatMap(({ change, who, backends, servers, lease, overdueMs }): OpenAlarm[] => {
    const [backend] = backends;
    const common = {
      subject: change,
      nodes: [],
      ...(backends.length === 1 && backend !== undefined && backend !== '*' ? { backend } : {}),
    };
    const what = servers.join(', ').slice(0, 300);
    switch (lease) {
      case 'running':
        return [];
      case 'overdue':
        return [
          {
            ...common,
            code: 'intent-overdue',
            severity: 'critical',
            message: `${what}: the time ${who} gave it is over, and it holds still`,
            command: `hafleet change show ${change}`,
            ...(overdueMs === undefined ? {} : { forMs: overdueMs }),
          },
        ];
      case 'suspended':
        return [
          {
            ...common,
            code: 'lease-suspended',
            severity: 'critical',
            message: `${what}: the clock of the hafleet server jumped, so this does not end by itself until somebody confirms it`,
            command: `hafleet change retry ${change}`,
          },
        ];
    }
  });
}
