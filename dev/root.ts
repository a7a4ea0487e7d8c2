import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The checkout. Searched upwards, because this code runs from dev/ in tests and from a bundle in dist/ otherwise. */
function findRoot(folder: string): string {
  if (existsSync(join(folder, 'dev', 'guard.sh'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('dev/ has to run from a checkout of hafleet.');
  return findRoot(parent);
}

export const ROOT = findRoot(import.meta.dirname);
