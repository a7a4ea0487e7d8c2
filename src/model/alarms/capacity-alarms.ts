import type { AlarmFacts, BackendFacts, OpenAlarm } from './types.ts';

/** Backends that have nobody left, or fewer than they must have. One alarm for a backend, with where it is so. */
export function capacityAlarms({ backends }: AlarmFacts): OpenAlarm[] {
  const low = new Map<string, BackendFacts[]>();
  for (const one of backends) {
    if (one.total === 0 || (one.usable > 0 && one.usable >= one.floor)) continue;
    const code = one.usable === 0 ? 'backend-none-usable' : 'backend-below-floor';
    const key = `${code} ${one.backend}`;
    low.set(key, [...(low.get(key) ?? []), one]);
  }
  return [...low.values()].flatMap((places) => capacityAlarm(places));
}

function capacityAlarm(places: readonly BackendFacts[]): OpenAlarm[] {
  const worst = places.toSorted((a, b) => a.usable - b.usable)[0];
  if (!worst) return [];
  const { backend, usable, total, floor } = worst;
  const common = {
    subject: backend,
    backend,
    nodes: [...new Set(places.map(({ node }) => node))],
    command: `hafleet backend show ${backend}`,
  };
  if (usable === 0)
    return [
      {
        ...common,
        code: 'backend-none-usable',
        severity: 'critical',
        message: `${backend} has no usable server of ${total}`,
      },
    ];
  return [
    {
      ...common,
      code: 'backend-below-floor',
      severity: 'warning',
      message: `${backend} has ${usable} usable of ${total}, floor ${floor}`,
    },
  ];
}
