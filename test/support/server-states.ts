import type { Haproxy } from '../../dev/index.ts';

export interface ServerColumns {
  readonly operational: number;
  readonly admin: number;
  readonly weight: number;
}

/** What `show servers state` says, read by ten lines of our own so that it can judge the product's reading. By `backend/server`. */
export async function serverStates(haproxy: Haproxy): Promise<ReadonlyMap<string, ServerColumns>> {
  const lines = (await haproxy.ask('show servers state')).split('\n');
  const rows = lines.filter((line) => /^\d+ /.test(line)).map((line) => line.split(' '));
  if (rows.length === 0) throw new Error(`${haproxy.name} shows no servers`);
  return new Map(
    rows.map(([, backend, , server, , operational, admin, weight]) => [
      `${backend}/${server}`,
      { operational: Number(operational), admin: Number(admin), weight: Number(weight) },
    ]),
  );
}

/** Bits 1, 2 and 32 are maint (forced, inherited, resolution); 4 alone is left over from the file. */
export function isMaint({ admin }: ServerColumns): boolean {
  return (admin & (1 | 2 | 32)) !== 0;
}

/** The servers of this instance that are in maint, sorted. */
export async function maintServers(haproxy: Haproxy): Promise<readonly string[]> {
  const states = await serverStates(haproxy);
  return [...states]
    .filter(([, columns]) => isMaint(columns))
    .map(([name]) => name)
    .sort();
}
