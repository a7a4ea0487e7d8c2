import type { StatusAnswer } from '../../api/index.ts';
import { nodeSetIncludes, parseNodeSet, type NodeSetExpression } from '../../model/index.ts';

export type StatusIntent = StatusAnswer['intents'][number];

/** Which intent on the admin state holds a server on an instance. */
export interface IntentIndex {
  /** The one with the highest order: it wins where several mean the same server. */
  find(at: {
    readonly node: string;
    readonly instance: string;
    readonly backend: string;
    readonly server: string;
  }): StatusIntent | undefined;
}

export function indexIntents(intents: readonly StatusIntent[]): IntentIndex {
  const byServer = new Map<string, ScopedIntent[]>();
  const scopes = new Map<string, Scope>();
  for (const intent of intents.toSorted((a, b) => b.order - a.order)) {
    if (intent.want.aspect !== 'state') continue;
    const list = byServer.get(intent.server) ?? [];
    list.push({ intent, includes: scopeOf(intent, scopes) });
    byServer.set(intent.server, list);
  }
  return {
    find: ({ node, instance, backend, server }) =>
      byServer
        .get(server)
        ?.find(
          ({ intent, includes }) =>
            (intent.backend === '*' || intent.backend === backend) &&
            (intent.instance === '*' || intent.instance === instance) &&
            includes(node),
        )?.intent,
  };
}

type Scope = (node: string) => boolean;

interface ScopedIntent {
  readonly intent: StatusIntent;
  readonly includes: Scope;
}

function scopeOf({ on, exclude }: StatusIntent, known: Map<string, Scope>): Scope {
  const key = JSON.stringify([on, exclude]);
  const scope = known.get(key) ?? makeScope(on, exclude);
  known.set(key, scope);
  return scope;
}

function makeScope(on: string, exclude: string | undefined): Scope {
  const wanted = readable(on);
  const unwanted = exclude === undefined ? undefined : readable(exclude);
  return (node) =>
    (wanted === undefined || nodeSetIncludes(wanted, node, undefined)) &&
    !(unwanted !== undefined && nodeSetIncludes(unwanted, node, undefined));
}

/** A set with groups cannot be evaluated here, for the answer has no labels: such an intent counts for every node. */
function readable(set: string): NodeSetExpression | undefined {
  if (set.includes('@')) return undefined;
  const parsed = parseNodeSet(set);
  return parsed.ok ? parsed.value : undefined;
}
