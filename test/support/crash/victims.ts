import { type Fleet, type FleetInstance, type Supervised, waitUntil } from '../../../dev/index.ts';
import type { Random } from '../random.ts';

/** A process that is killed and comes back under another pid. */
export interface Victim {
  readonly name: string;
  readonly pid: () => number;
  readonly kill: (random: Random) => Promise<void>;
}

export function victimsOf({ control, nodes, instances }: Fleet): readonly Victim[] {
  if (!control) throw new Error('crash: no control server');
  const agents = nodes.flatMap(({ name, agent }) => (agent ? [ours(`agent ${name}`, agent.process)] : []));
  const balancers = instances.map(haproxyOf);
  // As often the server as an agent as a HAProxy, however many of each there are.
  const server = ours('server', control.process);
  return [...nodes.map(() => server), ...agents, ...balancers];
}

function ours(name: string, process: Supervised): Victim {
  return { name, pid: () => process.pid, kill: async () => process.kill('SIGKILL') };
}

/** Worker or master. One that is still starting has no worker yet. */
function haproxyOf({ name, haproxy }: FleetInstance): Victim {
  return {
    name: `HAProxy ${name}`,
    pid: () => haproxy.masterPid,
    kill: async (random) => {
      const worker = random.whole(2) === 0;
      if (worker && (await haproxy.killWorker().then(isSo, isNot))) return;
      haproxy.killMaster();
    },
  };
}

const isSo = () => true;
const isNot = () => false;

/** Resolves when the process that was killed under this pid has been started again; it may well be starting still. */
export async function untilBack({ name, pid }: Victim, killed: number): Promise<void> {
  await waitUntil(() => pid() !== killed, { for: `the restart of ${name}`, timeoutMs: 20_000 });
}
