import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentOptions,
  type ControlServer,
  prepareNode,
  startAgent,
  writeAgentFile,
} from '../control.ts';
import { pathsIn, startHaproxy } from '../haproxy.ts';
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
  hasStateFile,
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
  const laid = control && node.agent !== false ? await layOutAgent(context, control) : undefined;
  const instances = await Promise.all(
    instancesOf(node).map((instance, index) => startInstance(context, { instance, index, laid })),
  );
  const agent = laid && { agent: await startAgent(laid.options) };
  const agentLink = laid?.agentLink && { agentLink: laid.agentLink };
  return { name: node.name, address: node.address, instances, ...agent, ...agentLink };
}

/** A node's agent before it runs: its way to the control server, and its local file. */
interface LaidOut {
  readonly options: AgentOptions;
  readonly configFile: string;
  readonly agentLink?: Relay;
}

interface Place {
  readonly instance: InstanceOptions;
  readonly index: number;
  readonly laid: LaidOut | undefined;
}

function folderOf({ sandbox, node }: NodeContext, instance: InstanceOptions): string {
  return join(sandbox.folder, node.name, instance.name);
}

/** Runs before each start of HAProxy, as hafleet-prepare.service does. */
function prepareOf({ sandbox, options }: NodeContext, { instance, laid }: Place): InstanceOptions['prepare'] {
  if (!laid || !hasStateFile(options, instance)) return instance.prepare;
  return async (paths) => {
    await instance.prepare?.(paths);
    await prepareNode(sandbox, laid.configFile);
  };
}

async function startInstance(context: NodeContext, place: Place): Promise<FleetInstance> {
  const { sandbox, options, node, apps, mesh } = context;
  const { instance, index } = place;
  const port = FIRST_PORT + index;
  const folder = folderOf(context, instance);
  const prepare = prepareOf(context, place);
  mkdirSync(folder, { recursive: true });
  const wanted = instance.backends ?? [...apps.keys()];
  const haproxy = await startHaproxy({
    sandbox,
    name: `${node.name}/${instance.name}`,
    version: node.version ?? anyVersion(),
    folder,
    localPeer: node.name,
    ...(prepare && { prepare }),
    config: (paths) =>
      (instance.config ?? defaultConfig)({
        node: node.name,
        instance: instance.name,
        paths,
        address: node.address,
        port,
        backends: new Map([...apps].filter(([name]) => wanted.includes(name))),
        peers: options.peers ? mesh.peersOf(node.name, index) : [],
        stateFile: hasStateFile(options, instance),
        checkMs: options.checkMs ?? 200,
      }),
  });
  return { name: `${node.name}/${instance.name}`, node: node.name, haproxy, address: node.address, port };
}

async function layOutAgent(context: NodeContext, control: ControlServer): Promise<LaidOut> {
  const { sandbox, options, node } = context;
  const relayed = typeof options.control !== 'object' || options.control.agentRelays !== false;
  const agentLink = relayed ? await startRelay({ sandbox, target: control }) : undefined;
  const { address, port } = agentLink ?? control;
  const agent: AgentOptions = {
    ...node.agent,
    sandbox,
    name: node.name,
    folder: join(sandbox.folder, node.name, 'agent'),
    ...(node.labels && { labels: node.labels }),
    servers: [`http://${address}:${port}`],
    tokenFile: control.joinTokenFile,
    instances: instancesOf(node).map((instance) => ({
      ...instance,
      paths: pathsIn(folderOf(context, instance)),
      hasStateFile: hasStateFile(options, instance),
    })),
  };
  return { options: agent, ...writeAgentFile(agent), ...(agentLink && { agentLink }) };
}
