import type { FleetInstance } from '../index.ts';

/** Bit 1 of `srv_admin_state`: maint, set by a person or a program. */
const FORCED_MAINT = 1;

/** Whether HAProxy itself says that each of these has the server in maint; asked past hafleet, to prove what it says. */
export async function isOut(
  instances: readonly FleetInstance[],
  backend: string,
  server: string,
): Promise<boolean> {
  const states = await Promise.all(instances.map((instance) => adminState(instance, backend, server)));
  return states.every((state) => (state & FORCED_MAINT) !== 0);
}

/** Whether each has the server in use: not in maint, and running. */
export async function isIn(
  instances: readonly FleetInstance[],
  backend: string,
  server: string,
): Promise<boolean> {
  const fields = await Promise.all(instances.map((instance) => stateLine(instance, backend, server)));
  return fields.every(([, , , , , operational, admin]) => operational === '2' && admin === '0');
}

async function adminState(instance: FleetInstance, backend: string, server: string): Promise<number> {
  return Number((await stateLine(instance, backend, server))[6]);
}

async function stateLine({ haproxy }: FleetInstance, backend: string, server: string): Promise<string[]> {
  const answer = await haproxy.ask(`show servers state ${backend}`);
  const lines = answer.split('\n').map((line) => line.split(' '));
  return lines.find((fields) => fields[1] === backend && fields[3] === server) ?? [];
}
