import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './cli.ts';
import type { ControlServer } from './control.ts';
import { ROOT } from './root.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * A `hafleet` for people: a command in a folder of the sandbox, with a context of its own, so that nobody types an address or a
 * token, and nobody's own contexts are touched. Gives the folder, for PATH.
 */
export async function giveOwnCommand(
  sandbox: Sandbox,
  control: ControlServer,
  context: string,
): Promise<string> {
  const config = join(sandbox.folder, 'config');
  const args = ['--server', control.url, '--token-file', control.adminTokenFile, '--use'];
  const { code, stderr } = await runCli(['context', 'add', context, ...args], {
    sandbox,
    env: { XDG_CONFIG_HOME: config },
  });
  if (code !== 0) throw new Error(`the context was not written: ${stderr}`);
  const folder = join(sandbox.folder, 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hafleet'), wrapper(config), { mode: 0o755 });
  return folder;
}

/** The caller's own hafleet variables would win over the context. */
function wrapper(config: string): string {
  const variables = ['CONTEXT', 'SERVER', 'TOKEN', 'TOKEN_FILE', 'OUTPUT'].map((name) => `HAFLEET_${name}`);
  return [
    '#!/bin/sh',
    `unset ${variables.join(' ')}`,
    `XDG_CONFIG_HOME='${config}' exec '${process.execPath}' '${join(ROOT, 'bin/hafleet.js')}' "$@"`,
    '',
  ].join('\n');
}
