import type { RuntimeClient, StatRow } from '../../haproxy/runtime/index.ts';
import { serverKey } from '../../plan/index.ts';

export interface ServerStatistics {
  readonly key: string;
  /** `L7STS/503`; empty without a check. */
  readonly check: string;
  readonly sessions: number;
}

/** What `show servers state` does not tell: the last check in words, and how many sessions a server has; of all backends, or of some. */
export async function readStatistics(
  client: RuntimeClient,
  backends?: ReadonlySet<string>,
): Promise<ServerStatistics[]> {
  if (!backends) return toStatistics(await client.readStat({ types: ['server'] }));
  const found: ServerStatistics[] = [];
  for (const proxy of backends)
    found.push(...toStatistics(await client.readStat({ proxy, types: ['server'] })));
  return found;
}

function toStatistics(rows: readonly StatRow[]): ServerStatistics[] {
  return rows.map((row) => ({
    key: serverKey(row.pxname, row.svname),
    check: row.checkText,
    sessions: row.scur ?? 0,
  }));
}
