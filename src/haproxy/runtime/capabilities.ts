import type { Ask } from './ask.ts';
import { encodeCommand } from './codec/encode.ts';
import { readInfo } from './info.ts';
import type { RequestOptions } from './transport.ts';
import { compareVersion, parseVersion, type Version } from './version.ts';

/** What a worker can do, asked once per worker. Nothing else in hafleet compares versions. */
export interface Capabilities {
  readonly version: Version;
  /** `add server` and `del server`, without experimental mode. */
  readonly canAddServer: boolean;
  /** `add server … cookie`. */
  readonly canAddServerWithCookie: boolean;
  /** `add server … guid`, `shard`, `hash-key`. */
  readonly canAddServerWithGuid: boolean;
  /** `wait DELAY srv-removable`. */
  readonly canWaitRemovable: boolean;
  /** `prepare map`, `commit map`. */
  readonly hasAtomicMaps: boolean;
  /** The master waits for the new worker and answers `Success=`. */
  readonly hasMasterReloadAnswer: boolean;
  /** The master has `show startup-logs`. */
  readonly hasMasterStartupLogs: boolean;
  /** After a failed reload the surviving worker is listed under old workers. */
  readonly listsSurvivorAsOld: boolean;
  /** `set server addr` answers before the change is done. */
  readonly setsAddressLater: boolean;
  /** An environment set by `setenv` outlives a reload of a file without it. */
  readonly keepsEnvironmentOverReload: boolean;
  readonly knownBad: readonly KnownBad[];
}

/** Builds that are known to do harm, by the only thing that tells them: their version. */
export type KnownBad =
  /** `del server` of a server whose streams are being retried ends HAProxy, master included (upstream #2298). */
  | 'del-server-crash'
  /** A reload loses the stick table where the local peer is the only one. */
  | 'sole-peer-loses-table'
  /** `clear map` does nothing once a version was committed; `del map` removes one of several equal keys. */
  | 'clear-map-does-nothing';

type VersionTuple = readonly [number, number, number];

/** From the first version on, before the second. The one table of builds. */
const KNOWN_BAD: readonly (readonly [KnownBad, VersionTuple, VersionTuple])[] = [
  ['del-server-crash', [0, 0, 0], [2, 8, 4]],
  ['sole-peer-loses-table', [2, 6, 12], [2, 6, 13]],
  ['clear-map-does-nothing', [3, 4, 7], [3, 4, 8]],
];

export async function readCapabilities(ask: Ask, options?: RequestOptions): Promise<Capabilities> {
  const { version } = await readInfo(ask, options);
  // 2.2 has no `help` and lists its commands as it says so: no refusal here.
  const help = await ask.transport.request(encodeCommand(['help']), options);
  return capabilitiesOf(version, help.text());
}

/** From the version of `show info` and the answer to `help`. Throws `unexpected-answer` for a version that is none. */
export function capabilitiesOf(versionText: string, help: string): Capabilities {
  const version = parseVersion(versionText);
  const has = (command: string): boolean => help.includes(`\n  ${command}`);
  const from = (major: number, minor: number): boolean => compareVersion(version, [major, minor, 0]) >= 0;
  return {
    version,
    // 2.4 and 2.5 list the command and want experimental mode for it.
    canAddServer: has('add server ') && from(2, 6),
    canAddServerWithCookie: has('add server ') && from(3, 0),
    canAddServerWithGuid: has('add server ') && from(3, 0),
    canWaitRemovable: has('wait '),
    hasAtomicMaps: has('prepare map '),
    hasMasterReloadAnswer: from(2, 7),
    hasMasterStartupLogs: from(2, 7),
    listsSurvivorAsOld: from(3, 2),
    setsAddressLater: from(3, 0),
    keepsEnvironmentOverReload: !from(3, 2),
    knownBad: KNOWN_BAD.filter(([, first, end]) => isBetween(version, first, end)).map(([bad]) => bad),
  };
}

function isBetween(version: Version, first: VersionTuple, end: VersionTuple): boolean {
  return compareVersion(version, first) >= 0 && compareVersion(version, end) < 0;
}
