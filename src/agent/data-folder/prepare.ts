import { type Stats, lstatSync, mkdirSync } from 'node:fs';
import { HafleetError } from '../../lib/index.ts';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes the data folder where it is missing. Whoever may write into it, or point it elsewhere, decides what this node
 * goes back to: so it is a folder itself, no symlink, it belongs to the agent's user or to root, and nobody
 * else may write into it. The group may pass through to the agent's socket; the files inside are for their owner alone.
 * @throws HafleetError `data-folder-unsafe`, or Node's error where it cannot be made
 */
export function prepareDataFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o710 });
  const reason = unsafeBecause(lstatSync(path));
  if (reason === undefined) return;
  throw new HafleetError('data-folder-unsafe', `${path} ${reason}`, {
    hint: 'name a folder of the agent’s own as `dataFolder`, by its real path',
  });
}

function unsafeBecause(found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'is a symlink';
  if (!found.isDirectory()) return 'is not a folder';
  if (found.mode & WRITABLE_BY_OTHERS) return 'can be written by more than its owner';
  const own = process.getuid?.();
  if (own !== undefined && found.uid !== own && found.uid !== 0) return 'belongs to another user';
  return undefined;
}
