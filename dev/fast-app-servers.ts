import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Haproxy, type HaproxyPaths, globalSection, startHaproxy } from './haproxy.ts';
import type { Sandbox } from './sandbox.ts';
import { type HaproxyVersion, anyVersion } from './versions.ts';

export type FastBehaviour = 'ok' | 'fail' | 'hang';

export interface FastAppServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Checks and traffic alike. In force for every request that begins after this resolves. */
  behave(behaviour: FastBehaviour): Promise<void>;
  /** Requests since the last reset, whatever their answer. */
  counts(): Promise<{ readonly checks: number; readonly requests: number }>;
  resetCounts(): Promise<void>;
}

export interface FastAppServersOptions {
  readonly sandbox: Sandbox;
  readonly names: readonly string[];
  /** Default 8080. */
  readonly port?: number;
  readonly checkPath?: string;
  readonly version?: HaproxyVersion;
  /** HAProxy's threads for all of them together. Default 1: the machine is shared with the fleet and the load. */
  readonly threads?: number;
}

/**
 * Application servers for tests of throughput: one HAProxy that answers for all of them. A Node server takes a whole core for
 * 15,000 to 20,000 requests a second, this a fraction of one for 30,000. They misbehave by a map, and count in stick tables.
 */
export async function startFastAppServers(options: FastAppServersOptions): Promise<readonly FastAppServer[]> {
  const { sandbox, names, port = 8080, version = anyVersion() } = options;
  const apps = names.map((name) => ({ name, address: sandbox.nextAddress('app') }));
  const folder = join(sandbox.folder, `fast-apps-${apps[0]?.address ?? 'none'}`);
  const [nameMap, behaviourMap] = [join(folder, 'names.map'), join(folder, 'behaviours.map')];
  mkdirSync(folder);
  writeFileSync(nameMap, apps.map(({ name, address }) => `${address} ${name}\n`).join(''));
  writeFileSync(behaviourMap, apps.map(({ address }) => `${address} ok\n`).join(''));
  const haproxy = await startHaproxy({
    sandbox,
    name: 'fast-apps',
    version,
    folder,
    config: (paths) =>
      farmConfig({
        ...options,
        port,
        paths,
        addresses: apps.map((app) => app.address),
        nameMap,
        behaviourMap,
      }),
  });

  return apps.map(({ name, address }) => ({
    name,
    address,
    port,
    behave: async (behaviour) => void (await haproxy.ask(`set map ${behaviourMap} ${address} ${behaviour}`)),
    counts: async () => ({
      checks: await readCount(haproxy, 'checks', address),
      requests: await readCount(haproxy, 'traffic', address),
    }),
    resetCounts: async () => {
      for (const table of ['checks', 'traffic']) await haproxy.ask(`clear table ${table} key ${address}`);
    },
  }));
}

async function readCount(haproxy: Haproxy, table: string, address: string): Promise<number> {
  const text = await haproxy.ask(`show table ${table} key ${address}`);
  return Number(/http_req_cnt=(\d+)/.exec(text)?.[1] ?? 0);
}

interface FarmConfig extends FastAppServersOptions {
  readonly port: number;
  readonly paths: HaproxyPaths;
  readonly addresses: readonly string[];
  readonly nameMap: string;
  readonly behaviourMap: string;
}

function farmConfig(farm: FarmConfig): string {
  const { paths, addresses, port, nameMap, behaviourMap, checkPath = '/health', threads = 1 } = farm;
  const global = globalSection(paths, { threads });
  const table = (name: string) => `backend ${name}\n  stick-table type ip size 1k store http_req_cnt\n`;
  const answer = (status: number) =>
    `http-request return status ${status} content-type text/plain string ok hdr x-server "%[var(txn.name)]"`;
  return `${global}
defaults
  mode http
  timeout client 600s
  timeout tarpit 600s
  timeout http-keep-alive 600s
frontend apps
${addresses.map((address) => `  bind ${address}:${port}`).join('\n')}
  acl is_check path ${checkPath}
  http-request track-sc0 dst table checks if is_check
  http-request track-sc0 dst table traffic unless is_check
  http-request set-var(txn.name) dst,map_ip(${nameMap},unknown)
  http-request set-var(txn.behaviour) dst,map_ip(${behaviourMap},ok)
  http-request tarpit if { var(txn.behaviour) -m str hang }
  ${answer(500)} if { var(txn.behaviour) -m str fail }
  ${answer(200)}
${table('checks')}${table('traffic')}`;
}
