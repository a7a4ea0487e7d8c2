import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  ConfigReadError,
  type LoadedConfig,
  type ProcessGroup,
  groupProcesses,
  loadConfig,
  readProcesses,
  stateFileUse,
} from '../../haproxy/process/index.ts';
import { parseSocketAddress } from '../../haproxy/runtime/index.ts';
import type { FileFacts, InstanceFacts } from '../../plan/index.ts';
import { canReplace, readFileFacts, readMemory } from './file-facts.ts';
import { readMaster } from './master-facts.ts';
import { type WorkerReading, readWorker } from './worker-facts.ts';

/** One instance as somebody names it; what is left out is taken from its process. */
export interface NamedInstance {
  readonly name?: string;
  /** Of its master, where it is known already. */
  readonly pid?: number;
  readonly statsSocket: string;
  readonly masterSocket?: string | undefined;
  readonly config?: readonly string[] | undefined;
  /** Where the agent keeps the state file. */
  readonly stateFile?: string | undefined;
}

export interface CollectOptions {
  /** The machine's /proc. */
  readonly proc: string;
  /** Ends what HAProxy leaves unanswered. */
  readonly signal: AbortSignal;
}

/** Reads everything about one instance. Nothing is written, and HAProxy is asked to show things alone. Never throws. */
export async function collectInstance(named: NamedInstance, options: CollectOptions): Promise<InstanceFacts> {
  const { statsSocket } = named;
  const reading = await readWorker(statsSocket, options.signal);
  const group = isHere(statsSocket) ? findProcess(options.proc, named.pid ?? reading.worker?.pid) : undefined;
  const folder = group?.main.arguments.folder ?? group?.main.folder ?? '/';
  const masterSocket = named.masterSocket ?? absolute(group?.main.arguments.masterSockets[0], folder);
  const config = readConfig(named.config ?? group?.main.arguments.configs ?? [], folder);
  const { workers, ...master } = await readMaster(masterSocket, options.signal);
  return {
    name: named.name ?? 'haproxy',
    ...reading,
    socketFiles: socketFiles(config, folder),
    ...(group && { commandLine: group.main.arguments }),
    master: { ...master, ...(masterSocket?.startsWith('/') && { file: readFileFacts(masterSocket) }) },
    oldWorkers: oldWorkers(workers, group, reading, options.proc),
    config: 'model' in config ? { ...config, modifiedAtMs: newest(config.files) } : config,
    stateFile: stateFile(config, folder, named.stateFile),
  };
}

/** The pids behind a port of another machine are none of ours. */
function isHere(address: string): boolean {
  const parsed = parseSocketAddress(address);
  return 'path' in parsed || /^(?:127\.|::1$|localhost$)/.test(parsed.host);
}

/** The master that has this worker, or the process that is it. */
export function findProcess(proc: string, pid: number | undefined): ProcessGroup | undefined {
  if (pid === undefined) return undefined;
  return groupProcesses(readProcesses(proc)).find(
    ({ main, workers }) => main.pid === pid || workers.includes(pid),
  );
}

function absolute(address: string | undefined, folder: string): string | undefined {
  if (address === undefined) return undefined;
  const bare = address.replace(/^unix@/, '');
  return /^(?:ipv[46]|tcp|fd|abnsz?|sockpair)@|:\d+$/.test(address) ? address : resolve(folder, bare);
}

type ReadConfig = LoadedConfig | { readonly unreadable: string; readonly isDenied: boolean };

function readConfig(configs: readonly string[], folder: string): ReadConfig {
  if (configs.length === 0)
    return { unreadable: 'no file is named, and the process cannot be seen', isDenied: false };
  try {
    return loadConfig(configs, folder);
  } catch (thrown) {
    if (!(thrown instanceof ConfigReadError)) throw thrown;
    return { unreadable: thrown.message, isDenied: thrown.isDenied };
  }
}

/** 0 where a file vanished meanwhile: then nothing is said about its time. */
function newest(files: readonly string[]): number {
  return Math.max(0, ...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

function socketFiles(config: ReadConfig, folder: string): Map<string, FileFacts> {
  if (!('model' in config)) return new Map();
  const found = config.model.global.statsSockets.flatMap(({ address }): [string, FileFacts][] => {
    const path = absolute(address, folder);
    return path?.startsWith('/') ? [[address, readFileFacts(path)]] : [];
  });
  return new Map(found);
}

/** As the master lists them; else the children of the master that are not the worker that answered. */
function oldWorkers(
  listed: readonly { readonly pid: number; readonly uptimeSeconds: number }[] | undefined,
  group: ProcessGroup | undefined,
  { worker }: WorkerReading,
  proc: string,
): InstanceFacts['oldWorkers'] {
  const isMaster = group?.main.arguments.masterWorker === true;
  const pids = isMaster ? group.workers.map((pid) => ({ pid })) : [];
  if (worker === undefined) return [];
  return (listed ?? pids)
    .filter(({ pid }) => pid !== worker.pid)
    .map((old) => {
      const memoryBytes = readMemory(proc, old.pid);
      return { ...old, ...(memoryBytes !== undefined && { memoryBytes }) };
    });
}

function stateFile(config: ReadConfig, folder: string, kept: string | undefined): InstanceFacts['stateFile'] {
  const use = 'model' in config ? stateFileUse(config.model, folder) : undefined;
  return {
    without: use?.without ?? [],
    ...(use?.path !== undefined && { loaded: use.path }),
    ...(kept !== undefined && { kept, canReplace: canReplace(kept) }),
  };
}
