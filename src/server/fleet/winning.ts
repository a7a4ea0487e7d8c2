import type { WireIntent } from '../../api/index.ts';

/** Names of one server on one instance. */
interface ServerName {
  readonly backend: string;
  readonly server: string;
}

/** The intents that hold on one instance, and which of them wins on each server: the highest order, per aspect. */
export interface StateIntents {
  /** The state a server is held in; undefined: hands off. */
  stateWanted(server: ServerName): 'ready' | 'drain' | 'maint' | undefined;
  weightWanted(server: ServerName): number | undefined;
  /** The winning intent of an aspect. */
  winner(server: ServerName, aspect: 'state' | 'weight'): WireIntent | undefined;
}

export function means(
  intent: Pick<WireIntent, 'instance' | 'backend' | 'server'>,
  instance: string,
  of: ServerName,
): boolean {
  return (
    intent.server === of.server &&
    (intent.backend === '*' || intent.backend === of.backend) &&
    (intent.instance === '*' || intent.instance === instance)
  );
}

/** `intents`: those of the node; they are looked up by server name, since most servers have none. */
export function stateIntents(intents: readonly WireIntent[], instance: string): StateIntents {
  const index = new Map<string, WireIntent[]>();
  for (const intent of intents) {
    const list = index.get(intent.server) ?? [];
    index.set(
      intent.server,
      [...list, intent].sort((a, b) => b.order - a.order),
    );
  }
  const winner = (of: ServerName, aspect: 'state' | 'weight') =>
    index.get(of.server)?.find((intent) => intent.want.aspect === aspect && means(intent, instance, of));
  return {
    winner,
    stateWanted(of) {
      const want = winner(of, 'state')?.want;
      return want?.aspect === 'state' ? want.state : undefined;
    },
    weightWanted(of) {
      const want = winner(of, 'weight')?.want;
      return want?.aspect === 'weight' && want.weight !== null ? want.weight : undefined;
    },
  };
}
