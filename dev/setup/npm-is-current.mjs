// Exit 0 when node_modules holds exactly what package-lock.json names. Compared by version, since a checkout and npm
// itself both leave file times in an order that proves nothing.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.argv[2];
const hidden = join(root, 'node_modules/.package-lock.json');
const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

function isCurrent() {
  if (!existsSync(hidden)) return false;
  const installed = packagesOf(hidden);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' ||
      installed[path]?.version === version ||
      ((optional || devOptional) && !(path in installed)),
  );
}

process.exitCode = isCurrent() ? 0 : 1;
