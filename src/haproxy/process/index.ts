export { type HaproxyArguments, parseArguments } from './argv.ts';
export { ConfigReadError, expandConfig, loadConfig, type LoadedConfig } from './config-files.ts';
export { discoverHaproxy, type DiscoveredHaproxy, type DiscoverOptions, instanceName } from './discover.ts';
export type { Finding, FindingCode, SocketProbe } from './findings.ts';
export { groupName, probeSocket } from './probe.ts';
export { groupProcesses, type ProcessGroup, readProcesses } from './processes.ts';
export { loadsStateFile, stateFileUse, type StateFileUse } from './state-file-lines.ts';
