import { createAsk, type Ask } from './ask.ts';
import { readCapabilities, type Capabilities } from './capabilities.ts';
import { readCliLevel, readCliSockets, type CliLevel, type CliSocket } from './cli.ts';
import { readEnv } from './env.ts';
import { startHealthGate, type HealthGate } from './health-gate.ts';
import { readInfo, type Info } from './info.ts';
import { readMapEntries, readMaps, type MapEntry, type MapInfo, type MapName } from './map.ts';
import { readPeers, type PeersSection } from './peers.ts';
import type { ServerRef } from './server-ref.ts';
import { readServersConn, type ServerConnRow } from './servers-conn.ts';
import { readServersState, type ServerStateRow } from './servers-state.ts';
import * as servers from './servers.ts';
import { readSessionDetails, readSessions, type Session, type SessionDetail } from './sess.ts';
import { readStat, type StatFilter, type StatRow } from './stat.ts';
import {
  readTable,
  readTableKey,
  readTables,
  streamTable,
  type Table,
  type TableEntry,
  type TableInfo,
} from './table.ts';
import {
  createTransport,
  type RequestOptions,
  type StreamedAnswer,
  type Transport,
  type TransportOptions,
} from './transport.ts';
import { readVersion, type Version } from './version.ts';
import { waitForAddress, type WaitOptions } from './wait-for-address.ts';

/**
 * The Runtime API of one HAProxy worker, by its own nouns. Every failure is a `RuntimeError`; a resolved promise is an
 * answer that was complete and understood. The file of each noun holds what its words mean.
 */
export interface RuntimeClient {
  /** How it is reached: `onClose`, `reconnect`, `connected`. */
  readonly transport: Transport;

  readInfo(options?: RequestOptions): Promise<Info>;
  readVersion(options?: RequestOptions): Promise<Version>;
  readCapabilities(options?: RequestOptions): Promise<Capabilities>;
  readStat(filter?: StatFilter, options?: RequestOptions): Promise<StatRow[]>;
  readServersState(backend?: string, options?: RequestOptions): Promise<ServerStateRow[]>;
  readServersConn(backend?: string, options?: RequestOptions): Promise<ServerConnRow[]>;
  readSessions(of?: ServerRef, options?: RequestOptions): Promise<Session[]>;
  readSessionDetails(of?: ServerRef, options?: RequestOptions): Promise<SessionDetail[]>;
  /** Null where the process has no such variable. */
  readEnv(name: string, options?: RequestOptions): Promise<string | null>;
  readMaps(options?: RequestOptions): Promise<MapInfo[]>;
  readMapEntries(map: MapName, options?: RequestOptions): Promise<MapEntry[]>;
  readTables(options?: RequestOptions): Promise<TableInfo[]>;
  readTable(table: string, options?: RequestOptions): Promise<Table>;
  readTableKey(table: string, key: string, options?: RequestOptions): Promise<TableEntry | null>;
  streamTable(
    table: string,
    onChunk: (chunk: Uint8Array) => void,
    options?: RequestOptions,
  ): Promise<StreamedAnswer>;
  readPeers(section?: string, options?: RequestOptions): Promise<PeersSection[]>;
  readCliLevel(options?: RequestOptions): Promise<CliLevel>;
  readCliSockets(options?: RequestOptions): Promise<CliSocket[]>;

  readServerWeight(ref: ServerRef, options?: RequestOptions): Promise<servers.ServerWeight>;
  setServerState(ref: ServerRef, state: servers.AdminState, options?: RequestOptions): Promise<void>;
  setServerWeight(ref: ServerRef, weight: servers.Weight, options?: RequestOptions): Promise<void>;
  setServerAddress(
    ref: ServerRef,
    to: servers.ServerAddress,
    options?: RequestOptions,
  ): Promise<servers.AddressChange>;
  waitForAddress(ref: ServerRef, to: servers.ServerAddress, options?: WaitOptions): Promise<ServerStateRow>;
  setServerHealth(
    ref: ServerRef,
    health: 'up' | 'stopping' | 'down',
    options?: RequestOptions,
  ): Promise<void>;
  setServerAgent(ref: ServerRef, agent: 'up' | 'down', options?: RequestOptions): Promise<void>;
  setServerCheckPort(ref: ServerRef, port: number, options?: RequestOptions): Promise<void>;
  shutdownSessions(ref: ServerRef, options?: RequestOptions): Promise<void>;
  startHealthGate(ref: ServerRef, options?: RequestOptions): Promise<HealthGate>;

  close(): void;
}

/** A client for the stats socket at `address`. Connects at the first request. */
export function createRuntimeClient(options: TransportOptions): RuntimeClient {
  return createRuntimeClientOver(createTransport(options));
}

/** A client over a transport that exists, such as one through the master. `close()` closes that. */
export function createRuntimeClientOver(transport: Transport): RuntimeClient {
  const ask = createAsk(transport);
  return { transport, ...reading(ask), ...changing(ask), close: () => transport.close() };
}

function reading(ask: Ask) {
  return {
    readInfo: bind(ask, readInfo),
    readVersion: bind(ask, readVersion),
    readCapabilities: bind(ask, readCapabilities),
    readStat: bind(ask, readStat),
    readServersState: bind(ask, readServersState),
    readServersConn: bind(ask, readServersConn),
    readSessions: bind(ask, readSessions),
    readSessionDetails: bind(ask, readSessionDetails),
    readEnv: bind(ask, readEnv),
    readMaps: bind(ask, readMaps),
    readMapEntries: bind(ask, readMapEntries),
    readTables: bind(ask, readTables),
    readTable: bind(ask, readTable),
    readTableKey: bind(ask, readTableKey),
    streamTable: bind(ask, streamTable),
    readPeers: bind(ask, readPeers),
    readCliLevel: bind(ask, readCliLevel),
    readCliSockets: bind(ask, readCliSockets),
    readServerWeight: bind(ask, servers.readServerWeight),
    waitForAddress: bind(ask, waitForAddress),
  };
}

function changing(ask: Ask) {
  return {
    setServerState: bind(ask, servers.setServerState),
    setServerWeight: bind(ask, servers.setServerWeight),
    setServerAddress: bind(ask, servers.setServerAddress),
    setServerHealth: bind(ask, servers.setServerHealth),
    setServerAgent: bind(ask, servers.setServerAgent),
    setServerCheckPort: bind(ask, servers.setServerCheckPort),
    shutdownSessions: bind(ask, servers.shutdownSessions),
    startHealthGate: bind(ask, startHealthGate),
  };
}

/** Async, so that a refused word is a rejection like every other failure. */
function bind<Rest extends unknown[], T>(
  ask: Ask,
  call: (ask: Ask, ...rest: Rest) => Promise<T>,
): (...rest: Rest) => Promise<T> {
  return async (...rest) => call(ask, ...rest);
}
