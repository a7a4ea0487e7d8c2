import type { AlarmCode, AlarmFacts, InstanceFacts, NodeFacts, OpenAlarm } from './types.ts';

/** A server that has just started has heard nobody: agents dial again within seconds. */
const SETTLE_MS = 10_000;
/** An agent that dials again at once was not away. */
const AWAY_AFTER_MS = 5_000;

/** What is wrong between HAProxy, its agent and this server. */
export function nodeAlarms({ nodes, instances, upMs }: AlarmFacts): OpenAlarm[] {
  return [
    ...nodes.flatMap((node) => [...absence(node, upMs), ...standingAlarm(node), ...refusal(node)]),
    ...instances.flatMap((instance) => instanceAlarm(instance)),
    ...notReloadSafe(instances),
  ];
}

function absence({ node, connected, silentMs }: NodeFacts, upMs: number): OpenAlarm[] {
  const isAway = silentMs === undefined ? upMs > SETTLE_MS : silentMs > AWAY_AFTER_MS;
  if (connected || !isAway) return [];
  const message =
    silentMs === undefined
      ? 'the agent has not been heard since the hafleet server started'
      : 'the agent is not connected: what is shown of its HAProxy is from before';
  return [
    {
      code: 'node-not-connected',
      severity: 'warning',
      subject: node,
      nodes: [node],
      message,
      command: `hafleet node show ${node}`,
      ...(silentMs === undefined ? {} : { forMs: silentMs }),
    },
  ];
}

type Standing = Pick<OpenAlarm, 'code' | 'message'> & { readonly command: (node: string) => string };

const STANDINGS: Readonly<Record<'behind' | 'unadopted' | 'foreign', Standing>> = {
  behind: {
    code: 'store-behind',
    message:
      'this store does not know what the node holds: an old backup, a clone, or cut off. It decides nothing',
    command: () => 'hafleet store recover',
  },
  unadopted: {
    code: 'unadopted',
    message:
      'the fleet was recovered while this node was away: it keeps its state, and nothing is sent to it',
    command: (node) => `hafleet node adopt ${node}`,
  },
  foreign: {
    code: 'other-fleet',
    message: 'the node holds the state of another fleet: it keeps it, and nothing is sent to it',
    command: (node) => `hafleet node remove ${node}`,
  },
};

function standingAlarm({ node, standing }: NodeFacts): OpenAlarm[] {
  if (standing === undefined || standing === 'known') return [];
  const { code, message, command } = STANDINGS[standing];
  return [{ code, severity: 'critical', subject: node, nodes: [node], message, command: command(node) }];
}

function refusal({ node, standing, refusal: refused }: NodeFacts): OpenAlarm[] {
  // Where nothing is sent, nothing is refused: what was is the same trouble, told above.
  if (!refused || standing !== 'known') return [];
  return [
    {
      code: 'desired-refused',
      severity: 'critical',
      subject: node,
      nodes: [node],
      message: `the agent does not take what is wanted of it (${refused.code}): ${refused.message}`,
      command: `hafleet node show ${node}`,
    },
  ];
}

/** A node that is away says it all; of the others what lies behind the agent. */
function instanceAlarm(facts: InstanceFacts): OpenAlarm[] {
  const { node, instance, connected, reading, freshness, ageMs, error } = facts;
  if (!connected) return [];
  const alarm = (code: AlarmCode, message: string, forMs?: number): OpenAlarm[] => [
    {
      code,
      severity: 'warning',
      subject: `${node}/${instance}`,
      nodes: [node],
      message,
      command: `hafleet node show ${node}`,
      ...(forMs === undefined ? {} : { forMs }),
    },
  ];
  if (reading !== 'ok')
    return alarm(
      'haproxy-not-answering',
      `HAProxy does not answer its agent${error ? `: ${error.message}` : ''}`,
      ageMs,
    );
  if (freshness === 'fresh') return [];
  return alarm(
    'data-stale',
    `what is known is ${freshness === 'stale' ? 'old' : 'too old to be shown'}`,
    ageMs,
  );
}

/** One for each instance name: a whole fleet is set up in one way as a rule. */
function notReloadSafe(instances: readonly InstanceFacts[]): OpenAlarm[] {
  const unsafe = new Map<string, string[]>();
  for (const { node, instance, survivesReload } of instances)
    if (survivesReload === false) unsafe.set(instance, [...(unsafe.get(instance) ?? []), node]);
  return [...unsafe].map(([instance, nodes]) => ({
    code: 'not-reload-safe',
    severity: 'info',
    subject: instance,
    nodes,
    message:
      'maint and drain come back half a second after a reload, not with it: haproxy.cfg loads no state file',
    command: 'hafleet doctor',
  }));
}
