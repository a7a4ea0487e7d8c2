import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../dev/index.ts';

const PACKAGES = { socat: 'socat', ansible: 'ansible-core', clush: 'clustershell' } as const;

/** Installs the Debian packages of these commands where they are missing. */
export function installTools(...commands: readonly (keyof typeof PACKAGES)[]): void {
  const pairs = commands.map((command) => `${command}:${PACKAGES[command]}`);
  execFileSync('bash', [join(ROOT, 'bench/support/tools.sh'), ...pairs], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
