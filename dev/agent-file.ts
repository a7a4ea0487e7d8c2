import { stringify } from 'yaml';
import type { HaproxyPaths } from './haproxy.ts';

export interface AgentInstance {
  readonly name: string;
  readonly paths: HaproxyPaths;
  readonly groups?: readonly string[];
  /** Default `observe`. */
  readonly mode?: 'observe' | 'share' | 'manage';
  /** Whether its haproxy.cfg names the state file, so that keeping one makes sense. */
  readonly hasStateFile?: boolean;
  /** More keys of the instance, by their names in the file. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface AgentFileOptions {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** URLs of the control servers. */
  readonly servers: readonly string[];
  /** Where the agent keeps its things. */
  readonly dataFolder: string;
  /** With the join token. */
  readonly tokenFile?: string;
  readonly allow?: readonly ('observe' | 'servers' | 'maps' | 'reload' | 'code')[];
  readonly instances: readonly AgentInstance[];
  /** More keys, by their names in the file: `readOnly`, `backends`, `actions` … */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** An agent's local file. The one place in the harness that knows how its keys are spelt. */
export function printAgentFile(options: AgentFileOptions): string {
  const { name, labels, servers, dataFolder, tokenFile, allow, instances, more } = options;
  return stringify({
    name,
    ...(labels && { labels }),
    servers: servers.map((url) => ({ url })),
    ...(tokenFile !== undefined && { tokenFile }),
    dataFolder,
    allow: allow ?? ['observe', 'servers', 'maps', 'reload'],
    ...more,
    instances: instances.map(printInstance),
  });
}

function printInstance({ name, paths, groups, mode = 'observe', hasStateFile = false, more }: AgentInstance) {
  return {
    name,
    ...(groups && { groups }),
    mode,
    config: paths.configFile,
    statsSocket: paths.statsSocket,
    masterSocket: paths.masterSocket,
    ...(hasStateFile && { stateFile: paths.stateFile }),
    ...more,
  };
}
