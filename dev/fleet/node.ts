import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Agent, type ControlServer, startAgent } from '../control.ts';
import { startHaproxy } from '../haproxy.ts';
import { type Relay, startRelay } from '../relay.ts';
import type { Sandbox } from '../sandbox.ts';
import { anyVersion } from '../versions.ts';
import { type ConfigServer, defaultConfig } from './config.ts';
import type { Mesh } from './mesh.ts';
import {
  type FleetInstance,
  type FleetNode,
  type FleetOptions,
  type InstanceOptions,
  type NodeOptions,
  instancesOf,
} from './options.ts';

const FIRST_PORT = 8080;

export interface NodeContext {
  readonly sandbox: Sandbox;
  readonly options: FleetOptions;
  readonly node: NodeOptions & { readonly address: string };
  readonly apps: ReadonlyMap<string, readonly ConfigServer[]>;
  readonly mesh: Mesh;
  readonly control: ControlServer | undefined;
}

export async function startNode(context: NodeContext): Promise<FleetNode> {
  const { node, control } = context;
  const instances = await Promise.all(
    instancesOf(node).map((instance, index) => startInstance(context, instance, index)),
  );
  const agent = control && node.agent !== false ? await startNodeAgent(context, control, instances) : {};
  return { name: node.name, address: node.address, instances, ...agent };
}

async function startInstance(
  context: NodeContext,
  instance: InstanceOptions,
  index: number,
): Promise<FleetInstance> {
  const { sandbox, options, node, apps, mesh } = context;
  const port = FIRST_PORT + index;
  const folder = join(sandbox.folder, node.name, instance.name);
  mkdirSync(folder, { recursive: true });
  const wanted = instance.backends ?? [...apps.keys()];
  const haproxy = await startHaproxy({
    sandbox,
    name: `${node.name}/${instance.name}`,
    version: node.version ?? anyVersion(),
    folder,
    localPeer: node.name,
    ...(instance.prepare && { prepare: instance.prepare }),
    config: (paths) =>
      (instance.config ?? defaultConfig)({
        node: node.name,
        instance: instance.name,
        paths,
        address: node.address,
        port,
        backends: new Map([...apps].filter(([name]) => wanted.includes(name))),
        peers: options.peers ? mesh.peersOf(node.name, index) : [],
        stateFile: options.stateFile ?? false,
        checkMs: options.checkMs ?? 200,
      }),
  });
  return { name: `${node.name}/${instance.name}`, node: node.name, haproxy, address: node.address, port };
}

async function startNodeAgent(
  { sandbox, options, node }: NodeContext,
  control: ControlServer,
  instances: readonly FleetInstance[],
): Promise<{ agent: Agent; agentLink?: Relay }> {
  const relayed = typeof options.control !== 'object' || options.control.agentRelays !== false;
  const agentLink = relayed ? await startRelay({ sandbox, target: control }) : undefined;
  const { address, port } = agentLink ?? control;
  const agent = await startAgent({
    ...node.agent,
    sandbox,
    name: node.name,
    folder: join(sandbox.folder, node.name, 'agent'),
    ...(node.labels && { labels: node.labels }),
    servers: [`http://${address}:${port}`],
    tokenFile: control.joinTokenFile,
    instances: instancesOf(node).flatMap((instance, index) => {
      const paths = instances[index]?.haproxy.paths;
      return paths ? [{ ...instance, paths, hasStateFile: options.stateFile ?? false }] : [];
    }),
  });
  return { agent, ...(agentLink && { agentLink }) };
}
