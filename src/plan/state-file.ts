import type { Kept } from './plan-instance.ts';
import { adminStateOf, hasHealthCheck, isInherited, isRunning, isStopped } from './server-flags.ts';
import { type InstanceConfig, type ServerConfig, type ServerRow, serverKey } from './types.ts';

/*
 * What a line brings back, measured alike on 2.6.12, 3.0.11 and 3.2.26 (operational state, admin flags):
 *
 *   0 1   MAINT, also with operational state 2; leaving it later works with and without a check
 *   2 8   DRAIN and running at once; 0 8 is drain and DOWN until the check is good again
 *   0 0   DOWN, not one request reaches it, up again after `rise` good checks; without a check DOWN for ever
 *   2 12  DRAIN for a server that haproxy.cfg disables (2 4 would bring it back as ready, no line as MAINT)
 *
 * Servers are found by name: proxy and server ids may be anything. Where bit 4 differs from haproxy.cfg, haproxy.cfg wins.
 * The port of the line always wins over haproxy.cfg, the address never does for an IP literal; port 0 is taken as port 0, so "leave
 * it alone" cannot be said. `srv_use_ssl` 0 turns ssl OFF on a server that haproxy.cfg has it on for. Weights count only while the
 * initial weight equals haproxy.cfg's. Check and agent ports and addresses of `0` and `-` leave haproxy.cfg's values.
 */
/** The only column that changes by itself. */
const TIME_COLUMN = 9;

const FORCED_MAINT = 1;
const DISABLED_IN_FILE = 4;
const FORCED_DRAIN = 8;

export interface StateFileInput {
  readonly rows: readonly ServerRow[];
  /** What intents want brought back; for the other servers the row tells. */
  readonly keep: readonly Kept[];
  readonly config: InstanceConfig;
}

/** The 25 columns of one line; the runtime client's `ServerStateRow`, which prints it. */
export interface StateLine extends Omit<ServerRow, 'operationalState'> {
  readonly operationalState: 0 | 2;
  readonly checkStatus: number;
  readonly checkResult: number;
  readonly checkHealth: number;
  readonly backendForcedId: boolean;
  readonly serverForcedId: boolean;
  readonly checkPort: number;
  readonly checkAddress: string | null;
  readonly agentAddress: string | null;
  readonly agentPort: number;
}

/**
 * The server-state-file of one instance: a line for each server that is, or is wanted, in maint or drain, or that its check holds
 * down. All others take everything from haproxy.cfg. Never a dump: see above what a line overrides.
 */
export function composeStateFile({ rows, keep, config }: StateFileInput): StateLine[] {
  const kept = new Map(keep.map((one) => [one.key, one.state]));
  return rows.flatMap((row) => {
    const key = serverKey(row.backend, row.server);
    const wanted = kept.get(key);
    const brought = wanted === undefined ? broughtByRow(row, config.get(key)) : broughtByIntent(row, wanted);
    return brought ? composeLine(row, brought, config.get(key)) : [];
  });
}

/** True where only ages differ: then nothing is written. */
export function sameStateFile(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [a.split('\n'), b.split('\n')];
  return (
    left.length === right.length && left.every((line, i) => withoutTime(line) === withoutTime(right[i] ?? ''))
  );
}

/** The servers, by `serverKey`, that a state file of ours has a line for. */
export function serversInStateFile(text: string): Set<string> {
  const lines = text.split('\n').slice(2);
  return new Set(
    lines.flatMap((line) => {
      const [, backend, , server] = line.split(' ');
      return backend && server ? [serverKey(backend, server)] : [];
    }),
  );
}

interface Brought {
  readonly operationalState: 0 | 2;
  readonly adminFlags: number;
}

function broughtByIntent(row: ServerRow, wanted: 'maint' | 'drain' | null): Brought | undefined {
  if (wanted === 'maint') return { operationalState: 0, adminFlags: FORCED_MAINT };
  if (wanted === 'drain') return broughtAsDrain(row);
  return broughtByHealth(row);
}

function broughtByRow(row: ServerRow, config: ServerConfig | undefined): Brought | undefined {
  const state = adminStateOf(row);
  if (state === 'drain') return broughtAsDrain(row);
  if (state === 'ready') return broughtByHealth(row);
  // A server that haproxy.cfg disables needs no line to stay out.
  return config?.disabled ? undefined : { operationalState: 0, adminFlags: FORCED_MAINT };
}

/** A server behind the gate comes back DOWN: what has a cookie or a stick entry must not reach it before it is green. */
function broughtAsDrain(row: ServerRow): Brought {
  const isProven = isRunning(row) || !hasHealthCheck(row);
  return {
    operationalState: isProven ? 2 : 0,
    adminFlags: FORCED_DRAIN | (row.adminFlags & DISABLED_IN_FILE),
  };
}

/** Only what a check can bring up again is said to be down. */
function broughtByHealth(row: ServerRow): Brought | undefined {
  const isDown = isStopped(row) && hasHealthCheck(row) && !isInherited(row);
  if (!isDown || row.adminFlags & DISABLED_IN_FILE) return undefined;
  return { operationalState: 0, adminFlags: 0 };
}

/** Check state 6 is configured and enabled; status 1, result 0 and health 0 are a check that has not run yet. */
function composeLine(row: ServerRow, brought: Brought, config: ServerConfig | undefined): StateLine {
  return {
    backendId: row.backendId,
    backend: row.backend,
    serverId: row.serverId,
    server: row.server,
    address: config?.address ?? row.address,
    ...brought,
    userWeight: row.initialWeight,
    initialWeight: row.initialWeight,
    secondsSinceChange: row.secondsSinceChange,
    checkStatus: 1,
    checkResult: 0,
    checkHealth: 0,
    checkState: 6,
    agentState: 0,
    backendForcedId: false,
    serverForcedId: false,
    fqdn: config?.hostname ?? row.fqdn,
    port: config?.port ?? row.port,
    srvRecord: row.srvRecord,
    useSsl: config?.ssl ?? row.useSsl,
    checkPort: 0,
    checkAddress: null,
    agentAddress: null,
    agentPort: 0,
  };
}

function withoutTime(line: string): string {
  const columns = line.split(' ');
  columns[TIME_COLUMN] = '';
  return columns.join(' ');
}
