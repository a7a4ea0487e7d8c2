import type { FleetPosition, ServerMessage, WireIntent } from '../../api/index.ts';
import type { Standing } from '../agents/lineage.ts';
import type { InstanceLive } from './instance-live.ts';

/** The open connection of one agent. */
export interface AgentLink {
  send(message: ServerMessage): void;
  /** Ends the connection; the reason is for the agent's log. */
  close(code: string, message: string): void;
}

/** One enrolled node as this server sees it now. */
export interface NodeLive {
  readonly name: string;
  link: AgentLink | null;
  /** Monotonic time of the last message; null when none came since the server started. */
  heardAt: number | null;
  heardAtWall: number | null;
  /** As its agent says them now. */
  labels: Readonly<Record<string, string>>;
  agentVersion: string | null;
  protocol: string | null;
  holds: FleetPosition | null;
  /** The intents it holds, where it was asked. */
  heldIntents: readonly WireIntent[] | null;
  /** How what it holds relates to this store; null until it has been judged. */
  standing: Standing | null;
  readonly instances: Map<string, InstanceLive>;
}

/**
 * Silent for longer than this, an agent is not counted on: a change goes on as pending for it. Agents speak once a
 * second, so five missed heartbeats; the 15 s of staleness are about data, this is about waiting.
 */
export const SILENT_AFTER_MS = 5_000;

export function createNodeLive(name: string): NodeLive {
  return {
    name,
    link: null,
    heardAt: null,
    heardAtWall: null,
    labels: {},
    agentVersion: null,
    protocol: null,
    holds: null,
    heldIntents: null,
    standing: null,
    instances: new Map(),
  };
}

export function isReachable(node: NodeLive, now: number): boolean {
  return node.link !== null && node.heardAt !== null && now - node.heardAt <= SILENT_AFTER_MS;
}
