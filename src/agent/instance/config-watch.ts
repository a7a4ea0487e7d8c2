import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expandConfig, loadConfig, loadsStateFile, stateFileUse } from '../../haproxy/process/index.ts';
import { HafleetError, errorText } from '../../lib/index.ts';
import { type ServerFacts, readServerFacts } from './config-facts.ts';

/** What haproxy.cfg said when it was read last. */
export interface ConfigState {
  readonly facts: ReadonlyMap<string, ServerFacts>;
  /** Every backend loads our state file; undefined where the configuration cannot be read. */
  readonly survivesReload: boolean | undefined;
  readonly error: HafleetError | undefined;
}

/**
 * Follows the configuration files. They are looked at once a poll, because the state file has to carry the address and port of the
 * haproxy.cfg that the next reload will read, not of the one before.
 */
export interface ConfigWatch {
  readonly state: ConfigState;
  /** Reads anew where a file changed, and says whether it did. Never throws. */
  refresh(): boolean;
}

const UNREAD: ConfigState = { facts: new Map(), survivesReload: undefined, error: undefined };

export function watchConfig(configs: readonly string[], stateFile: string | undefined): ConfigWatch {
  let signature: string | undefined;
  let state = UNREAD;
  return {
    get state() {
      return state;
    },
    refresh() {
      const now = signatureOf(configs);
      if (now === signature) return false;
      signature = now;
      state = readState(configs, stateFile);
      return true;
    },
  };
}

function readState(configs: readonly string[], stateFile: string | undefined): ConfigState {
  try {
    const folder = dirname(configs[0] ?? '/');
    const { model } = loadConfig(configs, folder);
    const use = stateFileUse(model, folder);
    return {
      facts: readServerFacts(model),
      survivesReload: stateFile !== undefined && loadsStateFile(use, stateFile),
      error: undefined,
    };
  } catch (cause) {
    const error = new HafleetError('config-unreadable', errorText(cause), {
      hint: 'the agent’s user needs to read the configuration to tell what a reload brings',
      cause,
    });
    return { ...UNREAD, error };
  }
}

/** Inode, size and time of every file: an editor that replaces a file changes the first, one that writes into it the last. */
function signatureOf(configs: readonly string[]): string {
  try {
    return configs
      .flatMap(expandConfig)
      .map((path) => {
        const { ino, size, mtimeMs } = statSync(path);
        return `${path} ${ino} ${size} ${mtimeMs}`;
      })
      .join('\n');
  } catch (cause) {
    return errorText(cause);
  }
}
