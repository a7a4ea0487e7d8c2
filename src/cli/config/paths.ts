import { homedir } from 'node:os';
import { join } from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

export const SYSTEM_CONFIG = '/etc/hafleet/config.yaml';

export function userConfigPath(env: Env): string {
  return join(folder(env, 'XDG_CONFIG_HOME', '.config'), 'hafleet', 'config.yaml');
}

export function userDataFolder(env: Env): string {
  return join(folder(env, 'XDG_DATA_HOME', '.local/share'), 'hafleet');
}

/** The XDG specification: a relative path is to be ignored. */
function folder(env: Env, variable: string, fallback: string): string {
  const value = env[variable];
  return value?.startsWith('/') ? value : join(env['HOME'] || homedir(), fallback);
}
