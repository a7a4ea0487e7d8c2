import { type ConfigContext, type FleetOptions, globalSection } from '../../dev/index.ts';

export interface BigOptions {
  readonly backends: number;
  readonly serversPerBackend: number;
  /** Time between two checks of a server, in ms; null for none. */
  readonly checkMs: number | null;
}

/** A haproxy.cfg with many servers: all of them are the one application `fill/fill`, which answers every check. */
export function bigConfig(options: BigOptions) {
  return (context: ConfigContext): string => {
    const { paths, address, port, stateFile } = context;
    const target = context.backends.get('fill')?.[0];
    if (!target) throw new Error('a big fleet needs the application fill/fill');
    const names = numbered('be', options.backends);
    return [
      globalSection(paths, { stateFile }),
      'defaults\n  mode http\n  timeout connect 1s\n  timeout client 30s\n  timeout server 30s\n  option redispatch\n',
      stateFile ? '  load-server-state-from-file global\n' : '',
      `frontend main\n  bind ${address}:${port}\n  default_backend ${names[0]}\n`,
      ...names.map((name) => backendSection(name, `${target.address}:${target.port}`, options)),
    ].join('');
  };
}

function backendSection(name: string, target: string, { serversPerBackend, checkMs }: BigOptions): string {
  const check =
    checkMs === null
      ? ''
      : `  option httpchk GET /health\n  default-server check inter ${checkMs}ms rise 1 fall 2\n`;
  const servers = numbered('srv', serversPerBackend).map((server) => `  server ${server} ${target}\n`);
  return `backend ${name}\n  balance roundrobin\n${check}${servers.join('')}`;
}

/** `be1` … `be10`. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`);
}

/** Twenty nodes, twenty agent processes, one control server, no relays between: the fleet of `change` and `status`. */
export function twentyNodes(options: BigOptions): FleetOptions {
  return {
    nodes: numbered('lb', 20).map((name) => ({
      name,
      instances: [{ name: 'http', config: bigConfig(options) }],
    })),
    backends: { fill: ['fill'] },
    apps: 'fast',
    stateFile: true,
    control: { agentRelays: false },
  };
}
