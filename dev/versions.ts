import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { HafleetError } from '../src/lib/index.ts';

/** The versions that dev/setup.sh installs, oldest first; dev/haproxy-versions.json says where from. */
export const HAPROXY_VERSIONS = ['2.6', '3.0', '3.2'] as const;
export type InstalledVersion = (typeof HAPROXY_VERSIONS)[number];
/** `system` is whatever `haproxy` on PATH is. */
export type HaproxyVersion = InstalledVersion | 'system';

/** Where dev/setup.sh unpacks; the same rule as there. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env['HAFLEET_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hafleet');
}

function systemBinary(env: NodeJS.ProcessEnv): string | undefined {
  const places = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return places.map((folder) => join(folder, 'haproxy')).find((path) => existsSync(path));
}

function findBinary(version: HaproxyVersion, env: NodeJS.ProcessEnv): string | undefined {
  if (version === 'system') return systemBinary(env);
  const path = join(cacheFolder(env), 'haproxy', version, 'haproxy');
  return existsSync(path) ? path : undefined;
}

/**
 * The program of one version, an absolute path.
 * @throws HafleetError `haproxy-missing`
 */
export function haproxyBinary(version: HaproxyVersion, env = process.env): string {
  const found = findBinary(version, env);
  if (found) return found;
  const hint = version === 'system' ? 'Install HAProxy.' : `Run: bash dev/setup.sh ${version}`;
  throw new HafleetError('haproxy-missing', `HAProxy ${version} is not installed.`, { hint });
}

function isVersion(text: string): text is HaproxyVersion {
  return text === 'system' || HAPROXY_VERSIONS.some((version) => version === text);
}

function readVersion(text: string): HaproxyVersion {
  if (isVersion(text)) return text;
  throw new HafleetError('haproxy-version-unknown', `HAFLEET_HAPROXY names "${text}".`, {
    hint: `Use "all", or a list of ${[...HAPROXY_VERSIONS, 'system'].join(', ')}.`,
  });
}

/**
 * The versions that tests run against: those that `HAFLEET_HAPROXY` names (`all`, or a list such as `2.6,3.2`), which then have to
 * be there; without it the installed ones, or else the system's own.
 * @throws HafleetError `haproxy-missing`, `haproxy-version-unknown`
 */
export function testedVersions(env = process.env): readonly HaproxyVersion[] {
  const wish = env['HAFLEET_HAPROXY'];
  if (wish) {
    const versions =
      wish === 'all' ? HAPROXY_VERSIONS : wish.split(',').map((part) => readVersion(part.trim()));
    for (const version of versions) haproxyBinary(version, env);
    return versions;
  }
  const installed = HAPROXY_VERSIONS.filter((version) => findBinary(version, env));
  if (installed.length > 0) return installed;
  haproxyBinary('system', env);
  return ['system'];
}

/** `wanted` where it is among the tested versions, else the newest of them: for tests that need one HAProxy, any one. */
export function anyVersion(wanted: HaproxyVersion = '3.0', env = process.env): HaproxyVersion {
  const tested = testedVersions(env);
  return tested.includes(wanted) ? wanted : (tested.at(-1) ?? 'system');
}
