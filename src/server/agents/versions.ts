import { z } from 'zod';
import { PROTOCOL, tryParse, type AgentEvent } from '../../api/index.ts';

/** As much of a greeting as every version has: what follows it may be of any shape. */
const greeting = z.object({
  type: z.literal('hello'),
  protocol: z.object({ major: z.number().int(), minor: z.number().int() }),
  version: z.string().max(100).catch('unknown'),
});

/** The greeting of an agent with another major version, whatever else it holds. */
export function foreignGreeting(text: string): { protocol: string; version: string } | undefined {
  const { data } = tryParse(greeting, readJson(text));
  if (!data || data.protocol.major === PROTOCOL.major) return undefined;
  return { protocol: `${data.protocol.major}.${data.protocol.minor}`, version: data.version };
}

/** False for another major version: it is listened to as far as it is understood, and nothing is sent to it. */
export function speaksOurs(protocol: string | null): boolean {
  return protocol === null || protocol.startsWith(`${PROTOCOL.major}.`);
}

export function foreignText(protocol: string): string {
  return `the agent speaks protocol ${protocol} and this server ${PROTOCOL.major}.${PROTOCOL.minor}: it observes only`;
}

export function foreignEvent(protocol: string, at: number): AgentEvent {
  return { at, severity: 'warning', code: 'protocol-differs', message: foreignText(protocol) };
}

/** How a node's versions differ from this server's; undefined where they do not, or are not known yet. */
export function skewOf(
  agent: { readonly version: string | null; readonly protocol: string | null },
  serverVersion: string,
): string | undefined {
  const { version, protocol } = agent;
  if (protocol !== null && !speaksOurs(protocol)) return `protocol ${protocol}: observes only`;
  if (version === null || version === serverVersion) return undefined;
  return `agent ${version}, server ${serverVersion}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
