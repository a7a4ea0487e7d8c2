import type { ChangeRequest, InstanceResult } from '../../api/index.ts';
import type { RuntimeClient } from '../../haproxy/runtime/index.ts';
import type { World } from '../world.ts';
import { readSocket, type SocketServer } from './reading.ts';

export interface ApplyParts {
  readonly client: RuntimeClient;
  readonly world: World;
  readonly request: ChangeRequest;
  readonly servers: readonly SocketServer[];
  /** Aborted at Ctrl-C: a gate is then taken back, everything else stays as it is. */
  readonly signal: AbortSignal;
  /** Says what is being done, with the sessions left. */
  readonly onStep: (step: string, sessions?: number) => void;
}

export type Outcome = Pick<InstanceResult, 'result' | 'message' | 'ungated' | 'fileDisabled' | 'sessions'> & {
  readonly state: 'done' | 'failed' | 'timed-out';
};

/** How long a command has to show in what is read back, and how often it is looked for. */
const READ_BACK_MS = 5_000;
const POLL_MS = 200;
/** Where haproxy.cfg was not read the checks' own time is not known: twice the usual half minute. */
const GATE_MS = 60_000;

/** Does it, and answers only when it was read back. */
export function applyOnSocket(parts: ApplyParts): Promise<Outcome> {
  switch (parts.request.kind) {
    case 'disable':
      return takeOut(parts, 'maint');
    case 'drain':
      return drain(parts);
    case 'enable':
      return enable(parts);
    case 'weight':
      return setWeight(parts);
    case 'kill-sessions':
      return killSessions(parts);
  }
}

async function takeOut(parts: ApplyParts, state: 'maint' | 'drain'): Promise<Outcome> {
  parts.onStep(state === 'maint' ? 'disable' : 'drain');
  for (const ref of parts.servers) await parts.client.setServerState(ref, state);
  return readBack(parts, (server) => server.state.admin === state);
}

async function drain(parts: ApplyParts): Promise<Outcome> {
  const { request, client, servers } = parts;
  const drained = await takeOut(parts, 'drain');
  if (drained.state !== 'done' || request.drain === undefined) return drained;
  const left = await waitForSessions(parts, request.drain.waitMs);
  if (left > 0 && request.drain.kill === true) for (const ref of servers) await client.shutdownSessions(ref);
  if (parts.signal.aborted)
    return { state: 'failed', result: 'failed', message: 'interrupted; it stays in drain' };
  if (request.drain.next === 'disable') return takeOut(parts, 'maint');
  if (left === 0 || request.drain.kill === true) return drained;
  return {
    state: 'timed-out',
    result: 'done',
    sessions: left,
    message: 'in drain, and its sessions did not end',
  };
}

/** Resolves with the sessions left, when there are none or the time is over. */
export async function waitForSessions(parts: ApplyParts, waitMs: number): Promise<number> {
  const { world, signal, onStep } = parts;
  const startedMs = world.clock.monotonicMs();
  for (;;) {
    const left = (await look(parts)).reduce((sum, { sessions }) => sum + (sessions ?? 0), 0);
    onStep('waiting for sessions to end', left);
    if (left === 0 || signal.aborted || world.clock.monotonicMs() - startedMs >= waitMs) return left;
    await world.sleep(POLL_MS, signal);
  }
}

/**
 * A server in maint is not checked, and a plain `ready` would send requests to a broken one. So: drain and health down
 * on one line, wait until its own check has brought it up, then ready for all of them or for none.
 */
async function enable(parts: ApplyParts): Promise<Outcome> {
  const { client, servers, onStep } = parts;
  const out = servers.filter(({ state }) => state.admin !== 'ready');
  const ungated = new Set<string>();
  onStep('waiting for green checks');
  for (const ref of out.filter(({ state }) => state.admin === 'maint'))
    if (!(await client.startHealthGate(ref)).gated) ungated.add(nameOf(ref));
  const red = await waitForGreen(
    parts,
    out.filter((ref) => !ungated.has(nameOf(ref))),
  );
  if (red.length > 0) return takeBack(parts, out, red);
  onStep('ready');
  for (const ref of out) await client.setServerState(ref, 'ready');
  const done = await readBack(parts, ({ state }) => state.admin === 'ready');
  const byFile = out.some(({ state }) => state.adminCauses.includes('configuration') || state.outAtReload);
  return {
    ...done,
    ...(ungated.size > 0 ? { ungated: true } : {}),
    ...(byFile ? { fileDisabled: true } : {}),
  };
}

/** The servers that are not up when the time is over. */
async function waitForGreen(parts: ApplyParts, gated: readonly SocketServer[]): Promise<SocketServer[]> {
  const { world, signal, request } = parts;
  const startedMs = world.clock.monotonicMs();
  const names = new Set(gated.map(nameOf));
  for (;;) {
    // The operational state alone: the check's text may be from before.
    const red = (await look(parts)).filter((now) => names.has(nameOf(now)) && now.row.operationalState !== 2);
    const over = world.clock.monotonicMs() - startedMs >= (request.gateMs ?? GATE_MS);
    if (red.length === 0 || signal.aborted || over) return red;
    await world.sleep(POLL_MS, signal);
  }
}

async function takeBack(
  { client, signal }: ApplyParts,
  out: readonly SocketServer[],
  red: readonly SocketServer[],
): Promise<Outcome> {
  for (const ref of out) if (ref.state.admin === 'maint') await client.setServerState(ref, 'maint');
  const names = red
    .map((server) => `${nameOf(server)}${server.check === '' ? '' : ` (${server.check})`}`)
    .join(', ');
  const why = signal.aborted ? 'interrupted before the checks were green' : 'the checks stayed red';
  return { state: 'failed', result: 'red', message: `${why}: ${names}; back to where it was` };
}

async function setWeight(parts: ApplyParts): Promise<Outcome> {
  const { client, servers, request, onStep } = parts;
  const { weight } = request;
  onStep('weight');
  for (const ref of servers) await client.setServerWeight(ref, weight ?? ref.row.initialWeight);
  return readBack(parts, ({ row }) => row.userWeight === (weight ?? row.initialWeight));
}

async function killSessions({ client, servers, onStep }: ApplyParts): Promise<Outcome> {
  onStep('shutting down sessions');
  for (const ref of servers) await client.shutdownSessions(ref);
  return { state: 'done', result: 'done' };
}

/** Resolves when HAProxy shows it on every server of the change, or the time is over. */
export async function readBack(
  parts: ApplyParts,
  isDone: (server: SocketServer) => boolean,
): Promise<Outcome> {
  const startedMs = parts.world.clock.monotonicMs();
  for (;;) {
    const open = (await look(parts)).filter((server) => !isDone(server));
    if (open.length === 0) return { state: 'done', result: 'done' };
    if (parts.world.clock.monotonicMs() - startedMs >= READ_BACK_MS)
      return {
        state: 'failed',
        result: 'failed',
        message: `HAProxy took the command, but does not show it: ${open.map((one) => `${nameOf(one)} ${one.state.word}`).join(', ')}`,
      };
    await parts.world.sleep(POLL_MS, NEVER);
  }
}

const NEVER = new AbortController().signal;

/** The servers of the change as they are now. */
async function look({ client, servers }: ApplyParts): Promise<SocketServer[]> {
  const names = new Set(servers.map(nameOf));
  return (await readSocket(client)).servers.filter((server) => names.has(nameOf(server)));
}

function nameOf({ backend, server }: { readonly backend: string; readonly server: string }): string {
  return `${backend}/${server}`;
}
