import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type ApiClient, type NodeView, createApiClient } from '../src/api/index.ts';
import { type AgentFileOptions, printAgentFile } from './agent-file.ts';
import type { ChildUser } from './child.ts';
import { type CliResult, runCli } from './cli.ts';
import { ROOT } from './root.ts';
import type { Sandbox } from './sandbox.ts';
import { type Supervised, supervise } from './supervise.ts';
import { waitUntil } from './wait.ts';

/** The command lines of our own programs; nothing else in the harness spells them. */
const commandLine = {
  serve: (data: string, listen: string) => ['serve', '--data', data, '--listen', listen],
  agent: (file: string) => ['agent', '--config', file],
  prepare: (file: string) => ['agent', 'prepare', '--config', file, '--timeout', '5s'],
};

export interface ControlServerOptions {
  readonly sandbox: Sandbox;
  /** Default `control`; also its folder. */
  readonly name?: string;
  /** Default 8700. */
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `hafleet serve` under a supervisor: `process.kill` makes it start again, `process.stop({ signal: 'SIGKILL' })` ends it so. */
export interface ControlServer {
  readonly process: Supervised;
  readonly address: string;
  readonly port: number;
  readonly url: string;
  readonly dataFolder: string;
  /** Written by the server when it makes its store. */
  readonly adminTokenFile: string;
  readonly joinTokenFile: string;
  /** The product's own client, as admin. */
  api(): ApiClient;
}

export interface AgentOptions extends Omit<AgentFileOptions, 'dataFolder'> {
  readonly sandbox: Sandbox;
  /** Default `<sandbox>/<name>-agent`. */
  readonly folder?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this user, who then owns its folders. Only root may ask for it. */
  readonly user?: ChildUser;
}

/** `hafleet agent` under a supervisor, as above. It is started, not awaited: see `waitForAgents`. */
export interface Agent {
  readonly process: Supervised;
  readonly name: string;
  readonly folder: string;
  readonly configFile: string;
}

/** @throws HafleetError `start-failed` with the end of its log */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { sandbox, name = 'control', port = 8700, args = [], env } = options;
  const address = sandbox.nextAddress('control');
  const folder = join(sandbox.folder, name);
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder, { recursive: true });
  const process = await supervise({
    ...programIn(sandbox, name, folder),
    args: [HAFLEET, ...commandLine.serve(dataFolder, `${address}:${port}`), ...args],
    ...(env && { env }),
    isReady: () => accepts(address, port),
  });
  const url = `http://${address}:${port}`;
  const adminTokenFile = join(dataFolder, 'admin.token');
  return {
    process,
    address,
    port,
    url,
    dataFolder,
    adminTokenFile,
    joinTokenFile: join(dataFolder, 'join.token'),
    api: () => createApiClient({ server: url, token: readFileSync(adminTokenFile, 'utf8').trim(), fetch }),
  };
}

/** Writes the agent's local file, and says where. */
export function writeAgentFile(options: AgentOptions): { folder: string; configFile: string } {
  const { sandbox, name, user } = options;
  const folder = options.folder ?? join(sandbox.folder, `${name}-agent`);
  const configFile = join(folder, 'agent.yaml');
  mkdirSync(folder, { recursive: true });
  const dataFolder = join(folder, 'data');
  writeFileSync(configFile, printAgentFile({ ...options, dataFolder }));
  if (user) {
    mkdirSync(dataFolder, { recursive: true, mode: 0o710 });
    for (const path of [folder, dataFolder, configFile]) chownSync(path, user.uid, user.gid);
  }
  return { folder, configFile };
}

/** What the unit before HAProxy's does: fetches what holds, and writes the state files. Never fails. */
export async function prepareNode(sandbox: Sandbox, configFile: string): Promise<CliResult> {
  return runCli(commandLine.prepare(configFile), { sandbox });
}

/** Writes the agent's local file and starts the agent. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { sandbox, name, args = [], env, user } = options;
  const { folder, configFile } = writeAgentFile(options);
  const process = await supervise({
    ...programIn(sandbox, `agent ${name}`, folder),
    ...(user && { user }),
    args: [HAFLEET, ...commandLine.agent(configFile), ...args],
    ...(env && { env }),
    isReady: async () => true,
  });
  return { process, name, folder, configFile };
}

/** Resolves when the control server is in touch with each of these nodes and reads every instance of theirs. */
export async function waitForAgents(
  control: ControlServer,
  nodes: readonly { readonly name: string; readonly instances: readonly unknown[] }[],
): Promise<void> {
  const api = control.api();
  await waitUntil(
    async () => {
      const { items } = await api.nodes();
      return nodes.every(({ name, instances }) => {
        const seen = items.find((node) => node.name === name);
        return seen?.connected === true && readInstances(seen) >= instances.length;
      });
    },
    { for: 'every agent at the control server', timeoutMs: 20_000, everyMs: 50 },
  );
}

function readInstances(node: NodeView): number {
  return node.instances.filter((instance) => instance.reading === 'ok').length;
}

const HAFLEET = join(ROOT, 'bin/hafleet.js');

function programIn(sandbox: Sandbox, name: string, folder: string) {
  return { sandbox, name, command: process.execPath, cwd: folder, logFile: join(folder, 'hafleet.log') };
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
