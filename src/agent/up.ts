import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { DiscoveredHaproxy } from '../haproxy/process/index.ts';
import type { LocalFileInput } from './local-file/schema.ts';

export interface ComposedLocalFile {
  /** undefined when nothing that was found can be looked at. */
  readonly localFile: LocalFileInput | undefined;
  /** Found, and left out because no stats socket opens; their findings say why. */
  readonly leftOut: readonly DiscoveredHaproxy[];
}

export interface ComposeOptions {
  readonly node: string;
  readonly serverUrl: string;
  readonly dataFolder: string;
}

/** The local file for the HAProxy that is already on this machine, as `hafleet up` runs it: observe, and change servers. */
export function composeLocalFile(
  found: readonly DiscoveredHaproxy[],
  { node, serverUrl, dataFolder }: ComposeOptions,
): ComposedLocalFile {
  const instances = found.flatMap((one) => composeInstance(one) ?? []);
  const leftOut = found.filter(({ statsSocket }) => !statsSocket);
  if (instances.length === 0) return { localFile: undefined, leftOut };
  return { localFile: { name: node, servers: [{ url: serverUrl }], dataFolder, instances }, leftOut };
}

function composeInstance(one: DiscoveredHaproxy): LocalFileInput['instances'][number] | undefined {
  if (!one.statsSocket) return undefined;
  const stateFile = one.stateFile?.path;
  return {
    name: one.name,
    config: [...one.configFiles],
    statsSocket: one.statsSocket.address,
    ...(one.masterSocket !== undefined && { masterSocket: one.masterSocket }),
    // Found in haproxy.cfg, named by nobody: somebody else may keep it, until we are asked to hold something.
    ...(stateFile !== undefined &&
      canReplace(stateFile) && { stateFile, stateFileFrom: 'first-change' as const }),
  };
}

/** The file is replaced by a new one, so its folder is what has to be writable. */
function canReplace(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
