import { z } from 'zod';
import {
  type ServerMessage,
  type WireIntent,
  fleetPosition,
  serverMessage,
  wireIntent,
} from '../../api/index.ts';
import { canonicalJson, sha256 } from '../../lib/index.ts';

/** A desired state as it came: what this version does not know was taken out, the digest is over all of it. */
export interface Desired {
  readonly type: 'desired';
  readonly position: z.infer<typeof fleetPosition>;
  readonly intents: readonly WireIntent[];
  /** What the server says this node holds; absent from servers that do not say. */
  readonly after?: z.infer<typeof fleetPosition> | null;
  /** Ids, or positions in the list, of intents that could not be read. */
  readonly unknown: readonly string[];
  readonly digest: string;
}

export type Incoming =
  | Exclude<ServerMessage, { type: 'desired' }>
  | Desired
  | { readonly type: 'invalid'; readonly reason: string };

const desiredEnvelope = z.object({
  type: z.literal('desired'),
  position: fleetPosition,
  after: fleetPosition.nullish(),
  intents: z.array(z.unknown()),
});

/** Reads one message. An intent of a kind that only a newer version knows does not take the others with it. */
export function readMessage(text: string): Incoming {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: 'invalid', reason: 'it is not JSON' };
  }
  const envelope = desiredEnvelope.safeParse(value);
  if (envelope.success) return readDesired(envelope.data);
  const parsed = serverMessage.safeParse(value);
  if (parsed.success && parsed.data.type !== 'desired') return parsed.data;
  return { type: 'invalid', reason: reasonOf(value, parsed.error ?? envelope.error) };
}

function readDesired({ position, after, intents: raw }: z.infer<typeof desiredEnvelope>): Desired {
  const intents: WireIntent[] = [];
  const unknown: string[] = [];
  for (const [at, one] of raw.entries()) {
    const parsed = wireIntent.safeParse(one);
    if (parsed.success) intents.push(parsed.data);
    else unknown.push(idOf(one) ?? `#${at}`);
  }
  const digest = sha256(canonicalJson(raw));
  return { type: 'desired', position, intents, unknown, digest, ...(after !== undefined && { after }) };
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' ? id.slice(0, 200) : undefined;
}

function reasonOf(value: unknown, error: z.ZodError): string {
  const type = typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : 'none';
  const issue = error.issues[0];
  return `type ${type.slice(0, 50)}: ${issue ? `${issue.path.join('.')} ${issue.message}` : 'unknown'}`;
}
