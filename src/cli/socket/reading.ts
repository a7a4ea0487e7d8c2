import { hostname } from 'node:os';
import { API_VERSION, CELL, type Cell, type StatusAnswer } from '../../api/index.ts';
import type { Info, RuntimeClient, ServerStateRow, StatRow } from '../../haproxy/runtime/index.ts';
import { decodeServerState, type AdminCause, type ServerState } from '../../model/index.ts';

/** Everything one look at a HAProxy gives. */
export interface SocketReading {
  readonly info: Info;
  readonly node: string;
  readonly servers: readonly SocketServer[];
}

export interface SocketServer {
  readonly backend: string;
  readonly server: string;
  readonly row: ServerStateRow;
  readonly state: ServerState;
  readonly sessions: number | null;
  readonly check: string;
  readonly backup: boolean;
}

/** The instance's name in what is shown and asked: there is one, and nobody named it. */
export const SOCKET_INSTANCE = 'socket';

export async function readSocket(client: RuntimeClient): Promise<SocketReading> {
  const [info, rows, stats] = [
    await client.readInfo(),
    await client.readServersState(),
    await client.readStat({ types: ['server'] }),
  ];
  const byName = new Map(stats.map((stat) => [`${stat.pxname}/${stat.svname}`, stat]));
  return {
    info,
    node: nodeName(info),
    servers: rows.map((row) => readServer(row, byName.get(`${row.backend}/${row.server}`))),
  };
}

export function statusOf({ info, node, servers }: SocketReading, nowMs: number): StatusAnswer {
  return {
    apiVersion: API_VERSION,
    kind: 'Status',
    generatedAt: nowMs,
    fleet: node,
    instances: [
      {
        node,
        instance: SOCKET_INSTANCE,
        groups: [],
        mode: 'observe',
        connected: true,
        reading: 'ok',
        ageMs: 0,
        freshness: 'fresh',
        haproxy: info.version,
        level: null,
        survivesReload: null,
        error: null,
      },
    ],
    servers: servers.map(({ backend, server }) => ({ backend, server, checksPerSecond: 0 })),
    floors: {},
    defaultFloor: '50%',
    intents: [],
    cells: [servers.map((server) => cellOf(server, nowMs))],
  };
}

/** A host's own name, cut to what a node may be called. */
function nodeName({ node }: Info): string {
  const name = (node ?? hostname()).replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 63);
  return /^[A-Za-z0-9]/.test(name) ? name : 'localhost';
}

function readServer(row: ServerStateRow, stat: StatRow | undefined): SocketServer {
  return {
    backend: row.backend,
    server: row.server,
    row,
    state: decodeServerState(row),
    sessions: stat?.scur ?? null,
    check: stat?.checkText ?? '',
    backup: stat?.bck === 1,
  };
}

/** No store, no intents: what a person took out is unrecorded here, and not unexplained. */
const CAUSE_BITS: Readonly<Record<AdminCause, number>> = {
  operator: 0,
  configuration: CELL.byConfiguration,
  inherited: CELL.byInheritance,
  resolution: CELL.byResolution,
  agent: CELL.byAgent,
};

function cellOf({ row, state, check, backup, sessions }: SocketServer, nowMs: number): Cell {
  let bits = 0;
  for (const cause of state.adminCauses) bits |= CAUSE_BITS[cause];
  if (state.usable) bits |= CELL.usable;
  if (state.outAtReload || state.adminCauses.includes('configuration')) bits |= CELL.fileDisabled;
  if (backup) bits |= CELL.backup;
  if (state.weightChanged) bits |= CELL.weightChanged;
  if (state.zeroWeight) bits |= CELL.zeroWeight;
  const since = nowMs - row.secondsSinceChange * 1_000;
  return [state.word, state.admin, row.userWeight, since, check, bits, sessions];
}
