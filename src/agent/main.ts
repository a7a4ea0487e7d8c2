import type { Clock, Logger } from '../lib/index.ts';
import { type RunningAgent, runAgent } from './agent.ts';
import { readLocalFile } from './local-file/read.ts';
import { type Prepared, prepareNode } from './prepare.ts';
import { type LocalFileInput, localFileSchema } from './local-file/schema.ts';

export { examineHere, type HereOptions } from './doctor/examine.ts';
export type { RunningAgent } from './agent.ts';
export { keepHeapSmall } from './heap.ts';
export { LocalFileError, type LocalFileProblem, parseLocalFile, readLocalFile } from './local-file/read.ts';
export type { LocalFile, LocalFileInput } from './local-file/schema.ts';
export { composeLocalFile, type ComposedLocalFile } from './up.ts';
export { type DiscoveredHaproxy, discoverHaproxy, type Finding } from '../haproxy/process/index.ts';

export { describePrepared, type Prepared } from './prepare.ts';

export interface PrepareOptions {
  /** Path of the local file. */
  readonly localFile: string;
  readonly log: Logger;
  readonly version: string;
  readonly timeoutMs: number;
}

/**
 * Writes what HAProxy is to find when it starts, by what the servers say now or, where none answers in time, by what this
 * node agreed to last.
 * @throws LocalFileError, and HafleetError `data-folder-unsafe`, `held-unreadable`, `held-not-written`,
 * `credential-unreadable`, `ca-unreadable`
 */
export async function prepareAgent({ localFile, ...options }: PrepareOptions): Promise<Prepared> {
  return prepareNode({ local: readLocalFile(localFile), ...options });
}

export interface AgentOptions {
  /** Path of the local file, or the file itself where it was made on the spot. */
  readonly localFile: string | LocalFileInput;
  readonly log: Logger;
  /** Of hafleet, for the servers to see. */
  readonly version: string;
  /** In place of `tokenFile`, where server and agent are one process. */
  readonly joinToken?: string;
  readonly clock?: Clock;
  /** Where commands on this machine look for agents. Default: /run/hafleet. */
  readonly runtimeFolder?: string;
}

/**
 * Starts an agent: reads its instances, dials out to its servers, and goes on with what it holds when none answers.
 * @throws LocalFileError, and HafleetError `data-folder-unsafe`, `data-folder-locked`, `held-unreadable`,
 * `credential-unreadable`, `ca-unreadable`, `agent-socket-failed`
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { localFile, log, version, joinToken, clock, runtimeFolder } = options;
  const local = typeof localFile === 'string' ? readLocalFile(localFile) : localFileSchema.parse(localFile);
  return runAgent({
    local,
    log,
    version,
    joinToken,
    ...(clock && { clock }),
    ...(runtimeFolder !== undefined && { runtimeFolder }),
    ...(typeof localFile === 'string' && { localFile }),
  });
}
