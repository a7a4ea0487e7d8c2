import { join, resolve } from 'node:path';
import type { ConfigModel } from '../cfg/index.ts';

/** Whether a configuration loads a server-state-file that somebody could write. */
export interface StateFileUse {
  /** What `server-state-file` names, made absolute; undefined without that line. */
  readonly path: string | undefined;
  /** Backends with servers that do not load it. */
  readonly without: readonly string[];
}

export function stateFileUse({ global, proxies }: ConfigModel, folder: string): StateFileUse {
  const { serverStateFile: file, serverStateBase: base = '' } = global;
  const without = proxies
    .filter(
      ({ servers, loadServerStateFromFile }) => servers.length > 0 && loadServerStateFromFile !== 'global',
    )
    .map(({ name }) => name);
  return {
    path: file === undefined ? undefined : resolve(folder, join(file.startsWith('/') ? '' : base, file)),
    without,
  };
}

/** True when every backend takes its servers' state from the file at `path`. */
export function loadsStateFile(use: StateFileUse, path: string): boolean {
  return use.path === path && use.without.length === 0;
}
