import { ALIVE_PATH } from './config.ts';
import { type Haproxy, globalSection, startHaproxy } from '../haproxy.ts';
import type { Sandbox } from '../sandbox.ts';
import { type HaproxyVersion, anyVersion } from '../versions.ts';

export interface OuterOptions {
  readonly sandbox: Sandbox;
  /** The fleet's frontends. */
  readonly targets: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  readonly version?: HaproxyVersion;
}

/** A load balancer before the load balancers, as most fleets have one: clients see a single address. */
export interface Outer {
  readonly haproxy: Haproxy;
  readonly address: string;
  readonly port: number;
}

export async function startOuter({ sandbox, targets, version = anyVersion() }: OuterOptions): Promise<Outer> {
  const address = sandbox.nextAddress('outer');
  const port = 8080;
  const servers = targets.map((target) => `  server ${target.name} ${target.address}:${target.port}\n`);
  const haproxy = await startHaproxy({
    sandbox,
    name: 'outer',
    version,
    config: (paths) => `${globalSection(paths)}
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
frontend clients
  bind ${address}:${port}
  default_backend fleet
backend fleet
  option httpchk GET ${ALIVE_PATH}
  default-server check inter 200ms rise 1 fall 2 on-marked-down shutdown-sessions
${servers.join('')}`,
  });
  return { haproxy, address, port };
}
