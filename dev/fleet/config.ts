import { type HaproxyPaths, globalSection } from '../haproxy.ts';

export interface ConfigServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface ConfigPeer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** All that an instance's haproxy.cfg may be made of. */
export interface ConfigContext {
  readonly node: string;
  readonly instance: string;
  readonly paths: HaproxyPaths;
  /** Where its frontend listens. */
  readonly address: string;
  readonly port: number;
  readonly backends: ReadonlyMap<string, readonly ConfigServer[]>;
  /** The mesh as this node sees it, itself included; empty without peers. */
  readonly peers: readonly ConfigPeer[];
  readonly stateFile: boolean;
  /** Time between two checks of a server. */
  readonly checkMs: number;
}

/** The path that a frontend answers by itself, for whoever checks the load balancer and not what is behind it. */
export const ALIVE_PATH = '/alive';
/** Requests with this header stick to a server, over the whole mesh. */
export const STICKY_HEADER = 'x-key';

/** A haproxy.cfg as a careful operator has it: one frontend, a backend for each group of applications, chosen by `/<backend>/…`. */
export function defaultConfig(context: ConfigContext): string {
  const { paths, stateFile, backends, peers } = context;
  return [
    globalSection(paths, { stateFile }),
    defaultsSection(stateFile),
    peersSection(peers),
    frontendSection(context),
    ...[...backends].map(([name, servers]) => backendSection(name, servers, context)),
  ].join('');
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
}

function defaultsSection(stateFile: boolean): string {
  return section('defaults', [
    'mode http',
    'timeout connect 1s',
    'timeout client 30s',
    'timeout server 30s',
    'timeout check 1s',
    // 2.6 crashes when it deletes a server that requests are still being retried on without this.
    'option redispatch',
    // A reload answers what is under way before it closes a connection; without it keep-alive clients lose requests.
    'option idle-close-on-response',
    ...(stateFile ? ['load-server-state-from-file global'] : []),
  ]);
}

function peersSection(peers: readonly ConfigPeer[]): string {
  const lines = peers.map(({ name, address, port }) => `peer ${name} ${address}:${port}`);
  return peers.length > 0 ? section('peers mesh', lines) : '';
}

function frontendSection({ address, port, backends }: ConfigContext): string {
  const names = [...backends.keys()];
  return section('frontend main', [
    `bind ${address}:${port}`,
    `monitor-uri ${ALIVE_PATH}`,
    ...names.map((name) => `use_backend ${name} if { path_beg /${name}/ }`),
    ...(names[0] === undefined ? [] : [`default_backend ${names[0]}`]),
  ]);
}

function backendSection(name: string, servers: readonly ConfigServer[], context: ConfigContext): string {
  const stick = [
    'stick-table type string len 200 size 200k expire 10m srvkey addr peers mesh',
    `stick on req.hdr(${STICKY_HEADER}) if { req.hdr(${STICKY_HEADER}) -m found }`,
  ];
  return section(`backend ${name}`, [
    'balance roundrobin',
    'option httpchk GET /health',
    ...(context.peers.length > 0 ? stick : []),
    `default-server check inter ${context.checkMs}ms rise 2 fall 2`,
    ...servers.map((server) => `server ${server.name} ${server.address}:${server.port}`),
  ]);
}
