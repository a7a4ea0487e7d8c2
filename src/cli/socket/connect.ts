import { userInfo } from 'node:os';
import { EXIT, type ChangeRequest } from '../../api/index.ts';
import { createRuntimeClient, parseSocketAddress, type RuntimeClient } from '../../haproxy/runtime/index.ts';
import type { Api, Connection } from '../cli.ts';
import { CliError, usageError } from '../errors.ts';
import type { World } from '../world.ts';
import { DIRECT_ID } from '../change/result.ts';
import { applyThroughAgent, newLocalId } from './agent-change.ts';
import { applyOnSocket, type ApplyParts } from './apply.ts';
import { startDirectChange, type DirectChange } from './direct-change.ts';
import { findLocalAgent, type LocalAgent } from './local-agent.ts';
import { isSoOnSocket, planOnSocket } from './plan.ts';
import { readSocket, statusOf } from './reading.ts';

/** One HAProxy as if it were a fleet of one: what the commands ask of a control server is answered from its socket. */
export function connectSocket(path: string, world: World, agentSocket?: string): Connection {
  const runtimeFolder = world.env['HAFLEET_RUNTIME_DIR'] || RUNTIME_FOLDER;
  let asked: Promise<LocalAgent | undefined> | undefined;
  const localAgent = () => (asked ??= findLocalAgent({ socket: path, agentSocket, runtimeFolder }));
  const client = createRuntimeClient({ address: parseSocketAddress(path) });
  let running: DirectChange | undefined;
  const api: Api = {
    ...NOT_HERE,
    async status() {
      return statusOf(await readSocket(client), world.clock.wallMs());
    },
    async createChange(request) {
      refuseFleetOptions(request);
      const reading = await readSocket(client);
      const agent = await localAgent();
      const { plan, servers } = planOnSocket(request, reading, agent && keptBy(agent));
      if (request.dryRun === true || plan.refusals.length > 0) return { change: null, plan };
      // What is so already may be so by hand: an agent is to keep it.
      if (!agent && isSoOnSocket(request, servers)) return { change: null, plan };
      if (!agent) await refuseWithoutRights(client);
      const who = userInfo().username;
      const about = { client, world, request, servers, node: reading.node, who };
      const id = agent ? newLocalId() : DIRECT_ID;
      const apply = agent
        ? (parts: ApplyParts) => applyThroughAgent({ ...parts, agent, who, id })
        : applyOnSocket;
      running = startDirectChange({ ...about, id, apply });
      return { change: running.current(), plan };
    },
    async change(_id, { seen = 0, waitMs = 0, signal } = {}) {
      if (!running) throw usageError('with --socket there is no record of changes');
      const watched = running;
      signal?.addEventListener('abort', () => void watched.stop(), { once: true });
      await watched.next(seen, waitMs);
      if (signal?.aborted === true) await watched.stop();
      return watched.current();
    },
  };
  return {
    name: path,
    api,
    direct: true,
    async close() {
      await running?.stop();
      client.close();
    },
  };
}

/** Left out where systemd made none; `--agent-socket` then names the agent's socket. */
const RUNTIME_FOLDER = '/run/hafleet';

function keptBy({ node }: LocalAgent): string {
  return `through the agent of ${node}: it keeps it over reloads, above what the fleet wants, and tells the fleet when a server answers`;
}

/** A lease would need somebody who ends it, and a node set somebody who knows the nodes. */
function refuseFleetOptions({ forMs, until, on, exclude, instance }: ChangeRequest): void {
  if (forMs !== undefined || until !== undefined)
    throw usageError('--for and --until need a control server: with --socket nobody would end it');
  if (on !== undefined || exclude !== undefined || instance !== undefined)
    throw usageError(
      '--on, --exclude and --instance need a control server: with --socket there is one HAProxy',
    );
}

async function refuseWithoutRights(client: RuntimeClient): Promise<void> {
  const level = await client.readCliLevel();
  if (level !== 'admin')
    throw new CliError(
      EXIT.notAllowed,
      `this socket has level ${level}: it can be read, and changes nothing`,
      {
        hint: 'add `level admin` to its `stats socket` line in haproxy.cfg and reload',
      },
    );
}

function notHere(): Promise<never> {
  return Promise.reject(usageError('this needs a control server; it does not work with --socket'));
}

const NOT_HERE: Omit<Api, 'status' | 'createChange' | 'change'> = {
  info: notHere,
  doctor: notHere,
  nodes: notHere,
  node: notHere,
  adoptNode: notHere,
  removeNode: notHere,
  backend: notHere,
  setBackend: notHere,
  changes: notHere,
  retryChange: notHere,
  undoChange: notHere,
  events: notHere,
  tokens: notHere,
  createToken: notHere,
  revokeToken: notHere,
};
