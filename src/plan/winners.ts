import { compareText } from '../lib/index.ts';
import type { Aspect, ServerIntent, ServerRow } from './types.ts';

export interface Winner {
  readonly row: ServerRow;
  readonly aspect: Aspect;
  readonly intent: ServerIntent;
}

export interface Match {
  /** In the order of the rows; state before weight. */
  readonly winners: readonly Winner[];
  /** How many servers of this instance each intent means, won or not. */
  readonly meant: ReadonlyMap<string, number>;
}

/** Which intent holds which server: per server and aspect the newest alone. */
export function matchIntents(
  rows: readonly ServerRow[],
  intents: readonly ServerIntent[],
  instance: string,
): Match {
  const byServer = groupByServer(intents.filter((i) => i.instance === '*' || i.instance === instance));
  const meant = new Map<string, number>();
  const winners: Winner[] = [];
  for (const row of byServer.size > 0 ? rows : []) {
    const named = byServer.get(row.server);
    if (!named) continue;
    const here = named.filter((i) => i.backend === '*' || i.backend === row.backend);
    for (const { id } of here) meant.set(id, (meant.get(id) ?? 0) + 1);
    for (const aspect of ['state', 'weight'] as const) {
      const intent = newest(here.filter((i) => i.want.aspect === aspect));
      if (intent) winners.push({ row, aspect, intent });
    }
  }
  return { winners, meant };
}

function groupByServer(intents: readonly ServerIntent[]): Map<string, ServerIntent[]> {
  const groups = new Map<string, ServerIntent[]>();
  for (const intent of intents) {
    const group = groups.get(intent.server);
    if (group) group.push(intent);
    else groups.set(intent.server, [intent]);
  }
  return groups;
}

/** Two targets of one change have one order; the id then decides, so that every agent decides alike. */
function newest(intents: readonly ServerIntent[]): ServerIntent | undefined {
  return intents.reduce<ServerIntent | undefined>(
    (best, next) =>
      !best || next.order > best.order || (next.order === best.order && compareText(next.id, best.id) > 0)
        ? next
        : best,
    undefined,
  );
}
