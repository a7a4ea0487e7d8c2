import { join } from 'node:path';
import { type Agent, type Fleet, type Relay, startAgent, startRelay } from '../../dev/index.ts';

export interface EnrolOptions {
  readonly labels?: Readonly<Record<string, string>>;
  /** Other keys of the one instance in the agent's local file; undefined leaves a key out. */
  readonly instance?: Readonly<Record<string, unknown>>;
}

/** Gives a node of the fleet, whose HAProxy runs without one so far, its agent. Started, not awaited. */
export async function enrol(fleet: Fleet, name: string, options: EnrolOptions = {}): Promise<Agent> {
  const { control, sandbox } = fleet;
  if (!control) throw new Error('a fleet without a control server');
  return startAgent({
    sandbox,
    name,
    folder: join(sandbox.folder, name, 'agent'),
    ...(options.labels && { labels: options.labels }),
    servers: [control.url],
    tokenFile: control.joinTokenFile,
    instances: [
      {
        name: 'http',
        paths: fleet.instance(`${name}/http`).haproxy.paths,
        ...(options.instance && { more: options.instance }),
      },
    ],
  });
}

/** Where `tcpSocketLine` puts the second stats socket of an instance. */
export const TCP_SOCKET_PORT = 9_999;

/** A relay on the agent's only way to HAProxy: what a slow or dying HAProxy looks like, to the byte. */
export async function relayTo(fleet: Fleet, name: string): Promise<Relay> {
  const { sandbox } = fleet;
  return startRelay({ sandbox, target: { address: fleet.node(name).address, port: TCP_SOCKET_PORT } });
}
