import { randomBytes } from 'node:crypto';
import type { ChangeRequest, IntentStatus, LocalAnswer, LocalRequest } from '../../api/index.ts';
import { applyOnSocket, readBack, waitForSessions, type ApplyParts, type Outcome } from './apply.ts';
import type { LocalAgent } from './local-agent.ts';
import type { SocketServer } from './reading.ts';

export interface AgentApplyParts extends ApplyParts {
  readonly agent: LocalAgent;
  readonly who: string;
  /** Made beforehand, so that the change can be spoken of by it. */
  readonly id: string;
}

const POLL_MS = 100;
/** An agent reads back within a second or says what failed; this is for one that is killed in between. */
const SETTLE_MS = 15_000;

export function newLocalId(): string {
  return `LOC-${randomBytes(6).toString('hex')}`;
}

/** The same change, asked of the agent: it does it, keeps it over reloads, and tells the fleet. */
export async function applyThroughAgent(parts: AgentApplyParts): Promise<Outcome> {
  const { request } = parts;
  switch (request.kind) {
    case 'disable':
    case 'weight':
      return settle(parts, await add(parts, request.kind, parts.id));
    case 'drain':
      return drain(parts);
    case 'enable':
      return settle(parts, await add(parts, 'enable', parts.id), (request.gateMs ?? 40_000) + SETTLE_MS);
    case 'kill-sessions':
      // Done once, and nothing to keep: not the agent's business.
      return applyOnSocket(parts);
  }
}

async function drain(parts: AgentApplyParts): Promise<Outcome> {
  const { request, client, servers, signal } = parts;
  const drained = await settle(parts, await add(parts, 'drain', parts.id));
  if (drained.state !== 'done' || request.drain === undefined) return drained;
  const left = await waitForSessions(parts, request.drain.waitMs);
  if (left > 0 && request.drain.kill === true) for (const ref of servers) await client.shutdownSessions(ref);
  if (signal.aborted) return { state: 'failed', result: 'failed', message: 'interrupted; it stays in drain' };
  if (request.drain.next === 'disable') return settle(parts, await add(parts, 'disable', newLocalId()));
  if (left === 0 || request.drain.kill === true) return drained;
  return {
    state: 'timed-out',
    result: 'done',
    sessions: left,
    message: 'in drain, and its sessions did not end',
  };
}

async function add(parts: AgentApplyParts, kind: LocalRequest['kind'], id: string): Promise<LocalAnswer> {
  const { agent, request, servers, who, onStep } = parts;
  const { reason = '', ticket, weight, gateMs } = request satisfies ChangeRequest;
  onStep(kind);
  return agent.add({
    id,
    kind,
    instance: agent.instance,
    servers: servers.map(({ backend, server }) => ({ backend, server })),
    who,
    why: reason,
    ...(kind === 'weight' && { weight: weight ?? null }),
    ...(kind === 'enable' && gateMs !== undefined && { gateMs }),
    ...(ticket !== undefined && { ticket }),
  });
}

/** Waits until the agent has read it back on every server. Once it is accepted it goes on, whoever waits. */
async function settle(parts: AgentApplyParts, first: LocalAnswer, forMs = SETTLE_MS): Promise<Outcome> {
  const { agent, world, signal } = parts;
  const startedMs = world.clock.monotonicMs();
  let answer = first;
  for (;;) {
    // It goes by another name now, which this program has no right to ask for: HAProxy itself tells how it stands.
    if (answer.taken !== undefined && answer.change.over === undefined)
      return readBack(parts, (server) => isAsAsked(server, answer));
    const outcome = outcomeOf(answer, parts.servers.length);
    if (outcome) return outcome;
    if (signal.aborted || world.clock.monotonicMs() - startedMs >= forMs)
      return { state: 'timed-out', result: 'waiting', message: `the agent goes on with ${answer.change.id}` };
    await world.sleep(POLL_MS, signal);
    answer = await agent.answer(answer.change.id).catch(() => answer);
  }
}

function outcomeOf({ change, statuses }: LocalAnswer, servers: number): Outcome | undefined {
  if (change.over === 'superseded')
    return { state: 'failed', result: 'skipped', message: 'a newer change took its place' };
  if (change.over === 'failed')
    return { state: 'failed', result: 'red', message: 'the checks stayed red; back to where it was' };
  const failed = statuses.find(({ status }) => status === 'failed' || status === 'forbidden');
  if (failed) return { state: 'failed', result: 'failed', message: failed.message ?? failed.status };
  const isDone = statuses.length === servers && statuses.every(isSettled);
  return isDone ? { state: 'done', result: 'done', ...about(statuses) } : undefined;
}

function isAsAsked({ state, row }: SocketServer, { change: { kind, weight } }: LocalAnswer): boolean {
  switch (kind) {
    case 'disable':
      return state.admin === 'maint';
    case 'drain':
      return state.admin === 'drain';
    case 'enable':
      return state.admin === 'ready';
    case 'weight':
      return row.userWeight === (weight ?? row.initialWeight);
  }
}

function isSettled({ status }: IntentStatus): boolean {
  return status === 'done' || status === 'draining';
}

function about(statuses: readonly IntentStatus[]): Partial<Outcome> {
  return {
    ...(statuses.some(({ ungated }) => ungated) && { ungated: true }),
    ...(statuses.some(({ fileDisabled }) => fileDisabled) && { fileDisabled: true }),
  };
}
