import { ApiError, type EpochRecord, type WireIntent } from '../../api/index.ts';
import { KEYS } from '../store/keys.ts';
import type { ServerContext } from '../context.ts';

/** A node that was asked what it holds and has not said so by then is not adopted. */
const TELL_WITHIN_MS = 5_000;

/**
 * Takes a node into the present epoch that was away when the fleet was recovered. The record that lets it follow names
 * what it holds at this moment, so it is asked first; what it holds and nobody wants then ends on it.
 */
export async function adoptNode(context: ServerContext, name: string, dryRun: boolean) {
  const live = context.view.node(name);
  if (live.standing !== 'unadopted')
    throw new ApiError('not-unadopted', `${name} does not wait to be adopted`, {
      hint: `\`hafleet node show ${name}\` tells how it stands`,
    });
  const held = await tellHeld(context, name);
  const wanted = context.intentsOf(name);
  const without = (of: readonly WireIntent[], others: readonly WireIntent[]) =>
    of.filter(({ id }) => !others.some((other) => other.id === id));
  const difference = { ends: without(held, wanted), begins: without(wanted, held) };
  if (!dryRun) await sendAdoption(context, name);
  return difference;
}

async function tellHeld({ view, clock }: ServerContext, name: string): Promise<readonly WireIntent[]> {
  const live = view.node(name);
  live.heldIntents = null;
  live.link?.send({ type: 'tell-held' });
  const end = clock.monotonicMs() + TELL_WITHIN_MS;
  while (live.heldIntents === null) {
    if (live.link === null || clock.monotonicMs() > end)
      throw new ApiError('node-unreachable', `${name} does not say what it holds`, {
        hint: 'is its agent running, and of this version? try again when `hafleet node list` shows it connected',
        retryable: true,
      });
    await view.changed();
  }
  return live.heldIntents;
}

/** Written down first: the node may follow, and the server be started again before it has said so. */
async function sendAdoption(
  { store, view, fleet, key, clock, hub }: ServerContext,
  name: string,
): Promise<void> {
  const { holds } = view.node(name);
  if (!holds) return;
  const beginning = JSON.stringify({ ...holds, epoch: fleet.epoch, revision: 0 });
  await store.txn({ success: [{ type: 'put', key: KEYS.beginning(name), value: beginning }] });
  const record: EpochRecord = {
    kind: 'adopt',
    fleetId: fleet.id,
    epoch: fleet.epoch,
    at: clock.wallMs(),
    nodes: { [name]: holds },
  };
  hub.welcomeAgain(name, key.sign(record));
}
