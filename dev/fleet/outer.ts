import { ALIVE_PATH } from './config.ts';
import { type Haproxy, globalSection, startHaproxy } from '../haproxy.ts';
import type { Sandbox } from '../sandbox.ts';
import { type HaproxyVersion, anyVersion } from '../versions.ts';

export interface OuterOptions {
  readonly sandbox: Sandbox;
  /** The fleet's frontends. */
  readonly targets: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  readonly version?: HaproxyVersion;
  readonly retries?: OuterTuning['retries'];
}

export interface OuterTuning {
  /**
   * `requests`: what was inside a load balancer that died is sent again through another one, and nothing is cut when its checks
   * fail. Default `connections`: such requests fail, so that tests see them.
   */
  readonly retries?: 'connections' | 'requests';
  /** Before the instances of this name alone. Default: before all. */
  readonly instance?: string;
}

/** A load balancer before the load balancers, as most fleets have one: clients see a single address. */
export interface Outer {
  readonly haproxy: Haproxy;
  readonly address: string;
  readonly port: number;
}

export async function startOuter(options: OuterOptions): Promise<Outer> {
  const { sandbox, targets, version = anyVersion(), retries = 'connections' } = options;
  const address = sandbox.nextAddress('outer');
  const port = 8080;
  const servers = targets.map((target) => `  server ${target.name} ${target.address}:${target.port}\n`);
  const [retry, check] =
    retries === 'requests'
      ? ['  retry-on conn-failure empty-response junk-response\n', '']
      : ['', ' on-marked-down shutdown-sessions'];
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
${retry}frontend clients
  bind ${address}:${port}
  default_backend fleet
backend fleet
  option httpchk GET ${ALIVE_PATH}
  default-server check inter 200ms rise 1 fall 2${check}
${servers.join('')}`,
  });
  return { haproxy, address, port };
}
