import { readFileSync } from 'node:fs';
import { type ServerStateRow, printServerStateFile } from '../../haproxy/runtime/index.ts';
import { HafleetError, errorText, replaceFileSync } from '../../lib/index.ts';
import {
  type StateFileInput,
  composeStateFile,
  sameStateFile,
  serversInStateFile,
} from '../../plan/index.ts';

/** The server-state-file of one instance. */
export interface StateFileKeeper {
  /**
   * Writes the file if more than an age changed.
   * @throws HafleetError `state-file-not-written`
   */
  sync(input: StateFileInput): void;
  /** The servers, by `serverKey`, that the file has a line for. */
  servers(): Set<string>;
  /** The file as it was written or found last. */
  readonly text: string;
}

/** Keeps nothing where the local file names no state file. */
export function keepStateFile(path: string | undefined): StateFileKeeper {
  let written = path === undefined ? '' : readIfThere(path);
  return {
    sync(input) {
      if (path === undefined) return;
      const lines: readonly ServerStateRow[] = composeStateFile(input);
      // No file says the same as an empty one, and where nobody asked for anything yet nothing is written.
      if (lines.length === 0 && serversInStateFile(written).size === 0) return;
      const text = printServerStateFile(lines);
      if (sameStateFile(text, written)) return;
      write(path, text);
      written = text;
    },
    servers: () => serversInStateFile(written),
    get text() {
      return written;
    },
  };
}

/**
 * HAProxy reads it as root or as its own user; there is nothing secret in it. Without an fsync: it stands between a change and
 * its acknowledgement, and after a power cut `agent prepare` makes it again from what is held, which is synced.
 */
function write(path: string, text: string): void {
  try {
    replaceFileSync(path, text, { mode: 0o644, durable: false });
  } catch (cause) {
    throw new HafleetError('state-file-not-written', `${path}: ${errorText(cause)}`, {
      hint: 'the agent’s user needs to write the file and its folder; until then a reload may forget what is set now',
      cause,
    });
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
