import { compareText } from '../../lib/index.ts';
import type { ServerRef } from '../selector/index.ts';
import type { Intent, IntentAspect, IntentTarget } from './types.ts';

/** Does it mean this server of an instance with this name? */
export function means(target: IntentTarget, instance: string, of: ServerRef): boolean {
  return (
    target.server === of.server && covers(target.backend, of.backend) && covers(target.instance, instance)
  );
}

function covers(pattern: string, name: string): boolean {
  return pattern === '*' || pattern === name;
}

/** The intents of one instance, looked up by server: most servers have none. */
export interface IntentIndex<T extends Intent> {
  /** Every intent that means the server, the winner of each aspect first. */
  about(of: ServerRef): readonly T[];
  /** The one that holds: per server and aspect the highest order. Two targets of one change have one order; the id then decides, so that everybody decides alike. */
  winner(of: ServerRef, aspect: IntentAspect): T | undefined;
}

export function indexIntents<T extends Intent>(intents: readonly T[], instance: string): IntentIndex<T> {
  const byServer = new Map<string, T[]>();
  for (const intent of intents) {
    if (!covers(intent.instance, instance)) continue;
    const known = byServer.get(intent.server);
    if (known) known.push(intent);
    else byServer.set(intent.server, [intent]);
  }
  for (const list of byServer.values()) list.sort(newestFirst);
  const about = (of: ServerRef) =>
    (byServer.get(of.server) ?? []).filter(({ backend }) => covers(backend, of.backend));
  return { about, winner: (of, aspect) => about(of).find(({ want }) => want.aspect === aspect) };
}

export function newestFirst(a: Pick<Intent, 'order' | 'id'>, b: Pick<Intent, 'order' | 'id'>): number {
  return b.order - a.order || compareText(b.id, a.id);
}
