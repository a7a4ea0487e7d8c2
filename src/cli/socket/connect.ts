import { userInfo } from 'node:os';
import { EXIT, type ChangeRequest } from '../../api/index.ts';
import { createRuntimeClient, parseSocketAddress, type RuntimeClient } from '../../haproxy/runtime/index.ts';
import type { Api, Connection } from '../cli.ts';
import { CliError, usageError } from '../errors.ts';
import type { World } from '../world.ts';
import { startDirectChange, type DirectChange } from './direct-change.ts';
import { isSoOnSocket, planOnSocket } from './plan.ts';
import { readSocket, statusOf } from './reading.ts';

/** One HAProxy as if it were a fleet of one: what the commands ask of a control server is answered from its socket. */
export function connectSocket(path: string, world: World): Connection {
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
      const { plan, servers } = planOnSocket(request, reading);
      if (request.dryRun === true || plan.refusals.length > 0) return { change: null, plan };
      if (isSoOnSocket(request, servers)) return { change: null, plan };
      await refuseWithoutRights(client);
      running = startDirectChange({
        client,
        world,
        request,
        servers,
        node: reading.node,
        who: userInfo().username,
      });
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
