export * from './address.ts';
export * from './capabilities.ts';
export type { CliLevel, CliSocket } from './cli.ts';
export * from './client.ts';
export type { Answer } from './codec/answer.ts';
export { encodeCommand, MAX_LINE_BYTES, type Command } from './codec/encode.ts';
export {
  isRuntimeError,
  RUNTIME_ERROR_CODES,
  RuntimeError,
  type Outcome,
  type RuntimeErrorCode,
  type RuntimeErrorDetails,
} from './codec/errors.ts';
export type { HealthGate } from './health-gate.ts';
export type { Info } from './info.ts';
export { parseMapEntries, type MapEntry, type MapInfo, type MapName } from './map.ts';
export * from './master.ts';
export type { Peer, PeersSection, PeerTable } from './peers.ts';
export type { Proc, Process } from './proc.ts';
export { serverWord, type ServerRef } from './server-ref.ts';
export type { ServerConnRow } from './servers-conn.ts';
export {
  ADMIN_FLAGS,
  CHECK_FLAGS,
  parseServersState,
  printServerStateFile,
  printServerStateRow,
  type OperationalState,
  type ServerStateRow,
} from './servers-state.ts';
export type { AddressChange, AdminState, ServerAddress, ServerWeight, Weight } from './servers.ts';
export type { Session, SessionDetail } from './sess.ts';
export { parseStat, type StatFilter, type StatRow, type StatType } from './stat.ts';
export { unescapeKey } from './table-key.ts';
export { parseTableEntry, type Table, type TableEntry, type TableInfo } from './table.ts';
export {
  createTransport,
  DEFAULT_TIMEOUT_MS,
  type CloseReason,
  type RequestOptions,
  type StreamedAnswer,
  type Transport,
  type TransportOptions,
} from './transport.ts';
export { compareVersion, parseVersion, type Version } from './version.ts';
export type { WaitOptions } from './wait-for-address.ts';
