import { userInfo } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { type ConfigModel } from '../cfg/index.ts';
import type { HaproxyArguments } from './argv.ts';
import { ConfigReadError, type LoadedConfig, loadConfig } from './config-files.ts';
import { type Finding, type SocketProbe, block, findObstacles } from './findings.ts';
import { probeSocket } from './probe.ts';
import { type ProcessGroup, groupProcesses, readProcesses } from './processes.ts';
import { type StateFileUse, stateFileUse } from './state-file-lines.ts';

/** One HAProxy that runs on this machine, and what it would take to operate it. */
export interface DiscoveredHaproxy {
  /** Proposed name, unique among those found: `haproxy`, or the name of its file or folder. */
  readonly name: string;
  readonly pid: number;
  readonly workers: readonly number[];
  readonly arguments: HaproxyArguments;
  /** Absolute paths; empty where they cannot be read. */
  readonly configFiles: readonly string[];
  readonly model: ConfigModel | undefined;
  readonly sockets: readonly SocketProbe[];
  /** The best socket that opens, admin first; undefined where none does. */
  readonly statsSocket: SocketProbe | undefined;
  readonly masterSocket: string | undefined;
  readonly stateFile: StateFileUse | undefined;
  /** In order of weight; one sentence each. */
  readonly findings: readonly Finding[];
}

export interface DiscoverOptions {
  /** Default /proc. */
  readonly proc?: string;
}

/** Looks at every HAProxy that runs on this machine. Writes nothing and asks HAProxy for its CLI level alone. */
export async function discoverHaproxy({ proc = '/proc' }: DiscoverOptions = {}): Promise<
  DiscoveredHaproxy[]
> {
  const found: DiscoveredHaproxy[] = [];
  for (const group of groupProcesses(readProcesses(proc))) found.push(await inspect(group));
  return uniqueNames(found);
}

async function inspect({ main, workers }: ProcessGroup): Promise<DiscoveredHaproxy> {
  const folder = main.arguments.folder ?? main.folder ?? '/';
  const base = { name: instanceName(main.arguments), pid: main.pid, workers, arguments: main.arguments };
  const masterSocket = main.arguments.masterSockets.map((address) => absoluteSocket(address, folder))[0];
  const config = tryLoad(main.arguments, folder);
  if ('blocks' in config)
    return {
      ...base,
      configFiles: [],
      model: undefined,
      sockets: [],
      statsSocket: undefined,
      masterSocket,
      stateFile: undefined,
      findings: [config],
    };
  const { files, model } = config;
  const sockets = await probeSockets(model, folder);
  const stateFile = stateFileUse(model, folder);
  return {
    ...base,
    configFiles: files,
    model,
    sockets,
    statsSocket: bestSocket(sockets),
    masterSocket,
    stateFile,
    findings: findObstacles({
      arguments: main.arguments,
      configFile: files[0] ?? 'haproxy.cfg',
      model,
      probes: sockets,
      stateFile,
      user: userInfo().username,
    }),
  };
}

function tryLoad({ configs }: HaproxyArguments, folder: string): LoadedConfig | Finding {
  try {
    return loadConfig(configs, folder);
  } catch (thrown) {
    if (!(thrown instanceof ConfigReadError)) throw thrown;
    const user = userInfo().username;
    const help = thrown.isDenied
      ? `${user} may not read ${thrown.path}: add ${user} to the group that owns it, or name another configuration in the agent’s local file.`
      : `${thrown.message}: HAProxy was started with it, so put it back before the next reload.`;
    return block('config-unreadable', help);
  }
}

async function probeSockets(model: ConfigModel, folder: string): Promise<SocketProbe[]> {
  const probes: SocketProbe[] = [];
  for (const { address } of model.global.statsSockets)
    probes.push(await probeSocket(absoluteSocket(address, folder)));
  return probes;
}

/** A relative path counts from HAProxy's folder, not from ours. Addresses of the network stay as they are. */
function absoluteSocket(address: string, folder: string): string {
  const isNetwork = /^(?:ipv[46]|tcp|udp|fd|abns|abnsz|sockpair)@/.test(address) || /:\d+$/.test(address);
  return isNetwork ? address : resolve(folder, address.replace(/^unix@/, ''));
}

const LEVELS = ['admin', 'operator', 'user'] as const;

function bestSocket(probes: readonly SocketProbe[]): SocketProbe | undefined {
  const open = probes.filter(({ result }) => result === 'ok');
  return LEVELS.flatMap((level) => open.filter((probe) => probe.level === level))[0];
}

/** `/etc/haproxy/haproxy.cfg` is `haproxy`, `/etc/haproxy/http.cfg` and `/etc/haproxy-http/haproxy.cfg` say more. */
export function instanceName({ configs }: HaproxyArguments): string {
  const [path = ''] = configs;
  const file = basename(path).replace(/\.(?:cfg|conf)$/, '');
  const folder = basename(dirname(path)).replace(/^haproxy[-_.]/, '');
  const name = file !== 'haproxy' ? file : folder;
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,50}$/.test(name) ? name : 'haproxy';
}

function uniqueNames(found: readonly DiscoveredHaproxy[]): DiscoveredHaproxy[] {
  const seen = new Map<string, number>();
  return found.map((one) => {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name}-${count}` };
  });
}
