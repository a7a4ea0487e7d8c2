import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { refuseWhenClosing } from '../child.ts';
import type { Sandbox } from '../sandbox.ts';

export interface TypedOptions {
  readonly sandbox: Sandbox;
  /** Searched first for commands. */
  readonly binFolder: string;
  readonly colours: boolean;
  /** What it prints, as it comes, standard output and error in one order. */
  readonly onText: (text: string) => void;
}

export interface TypedResult {
  readonly code: number | null;
  /** All it printed. */
  readonly text: string;
}

/** Has bash run a command line exactly as it stands there: what is shown as typed is what ran. */
export async function runTyped(line: string, options: TypedOptions): Promise<TypedResult> {
  const { sandbox, binFolder, colours, onText } = options;
  refuseWhenClosing(sandbox);
  // One pipe for both streams: two would lose the order.
  const child = spawn('bash', ['-c', 'exec 2>&1; eval "$1"', 'bash', line], {
    cwd: sandbox.folder,
    env: {
      ...sandbox.env,
      PATH: `${binFolder}:${sandbox.env['PATH'] ?? ''}`,
      // The glyphs of states are the same in every log.
      LC_ALL: 'C.UTF-8',
      ...(colours ? { CLICOLOR_FORCE: '1' } : { NO_COLOR: '1', CLICOLOR_FORCE: '0' }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    onText(part);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

/** Whether a program of this name is on PATH. */
export function isInstalled(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}
