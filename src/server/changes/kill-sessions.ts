import type { InstanceResult } from '../../api/index.ts';
import type { Hub } from '../agents/hub.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import { instancesOf } from '../fleet/places.ts';
import { means } from '../../model/index.ts';
import type { IntentRecord } from '../store/records.ts';

type Meaning = Pick<IntentRecord, 'instance' | 'backend' | 'server'>;

/**
 * Shuts down the sessions of these servers on the instances given. One operation a server, all at the same time; an
 * instance is done when every one of them was, and an answer that never came is a failure, not a success.
 */
export async function killSessions(
  { hub, view }: { readonly hub: Pick<Hub, 'run'>; readonly view: FleetView },
  meanings: readonly Meaning[],
  on: readonly Pick<InstanceResult, 'node' | 'instance'>[],
): Promise<InstanceResult[]> {
  return Promise.all(on.map((place) => killOnInstance({ hub, view }, meanings, place)));
}

async function killOnInstance(
  { hub, view }: { readonly hub: Pick<Hub, 'run'>; readonly view: FleetView },
  meanings: readonly Meaning[],
  { node, instance }: Pick<InstanceResult, 'node' | 'instance'>,
): Promise<InstanceResult> {
  const found = instancesOf(view, node).find(({ name }) => name === instance);
  const servers = meanings.flatMap(({ server, ...rest }) =>
    (found?.has(server) ?? [])
      .map((backend) => ({ backend, server }))
      .filter((of) => means({ ...rest, server }, instance, of)),
  );
  const outcomes = await Promise.all(
    servers.map((server) => hub.run(node, { kind: 'kill-sessions', instance, ...server })),
  );
  const bad = outcomes.find(({ ok }) => !ok);
  if (!bad)
    return { node, instance, result: servers.length > 0 ? 'done' : 'skipped', servers: servers.length };
  return {
    node,
    instance,
    result: 'failed',
    servers: servers.length,
    ...(bad.code === undefined ? {} : { code: bad.code }),
    ...(bad.message === undefined ? {} : { message: bad.message }),
  };
}
