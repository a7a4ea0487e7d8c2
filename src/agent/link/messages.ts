import { z } from 'zod';
import {
  type ServerMessage,
  type WireIntent,
  fleetPosition,
  serverMessage,
  tryParse,
  wireIntent,
} from '../../api/index.ts';
import { canonicalJson, sha256 } from '../../lib/index.ts';
import { isPossible } from './possible.ts';

/** More than one node can ever be asked: beyond it a desired state is not looked at, whoever sends it. */
export const MAX_INTENTS = 20_000;

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
  /** Refused by itself, and its sender is told: one that a newer server knows, or that makes no sense. */
  | {
      readonly type: 'operation-refused';
      readonly id: string;
      readonly code: 'operation-unknown' | 'operation-invalid';
      readonly reason: string;
    }
  | { readonly type: 'too-many-intents'; readonly reason: string }
  | { readonly type: 'invalid'; readonly reason: string };

const desiredEnvelope = z.object({
  type: z.literal('desired'),
  position: fleetPosition,
  after: fleetPosition.nullish(),
  intents: z.array(z.unknown()),
});

const operationEnvelope = z.object({
  type: z.literal('operation'),
  id: z.string().max(100),
  operation: z.object({ kind: z.string() }),
});

/** Reads one message. An intent of a kind that only a newer version knows does not take the others with it. */
export function readMessage(text: string): Incoming {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: 'invalid', reason: 'it is not JSON' };
  }
  const count = countIntents(value);
  if (count > MAX_INTENTS)
    return {
      type: 'too-many-intents',
      reason: `a desired state with ${count} intents was refused: ${MAX_INTENTS} are the most`,
    };
  const envelope = tryParse(desiredEnvelope, value);
  if (envelope.success) return readDesired(envelope.data);
  const parsed = tryParse(serverMessage, value);
  if (parsed.success && parsed.data.type !== 'desired') return parsed.data;
  const operation = tryParse(operationEnvelope, value);
  if (operation.success && parsed.error) return refusedOperation(operation.data, parsed.error);
  return { type: 'invalid', reason: reasonOf(value, parsed.error ?? envelope.error) };
}

function refusedOperation({ id, operation }: z.infer<typeof operationEnvelope>, error: z.ZodError): Incoming {
  const type = 'operation-refused';
  const isUnknown = error.issues.some(({ path }) => path.join('.') === 'operation.kind');
  if (!isUnknown) return { type, id, code: 'operation-invalid', reason: reasonOf(operation, error) };
  const kind = operation.kind.slice(0, 50);
  return { type, id, code: 'operation-unknown', reason: `this version knows no operation \`${kind}\`` };
}

/** Before anything is looked at: to check each of a million costs more than to count them. */
function countIntents(value: unknown): number {
  const intents =
    typeof value === 'object' && value !== null && 'intents' in value ? value.intents : undefined;
  return Array.isArray(intents) ? intents.length : 0;
}

function readDesired({ position, after, intents: raw }: z.infer<typeof desiredEnvelope>): Incoming {
  const intents = new Map<string, WireIntent>();
  const unknown: string[] = [];
  for (const [at, one] of raw.entries()) {
    const parsed = tryParse(wireIntent, one);
    // An id stands for one intent: what is said of it later would be said of both.
    if (parsed.success && isPossible(parsed.data) && !intents.has(parsed.data.id))
      intents.set(parsed.data.id, parsed.data);
    else unknown.push(idOf(one) ?? `#${at}`);
  }
  const digest = digestOf(raw);
  if (digest === undefined) return { type: 'invalid', reason: 'its intents are nested too deeply' };
  return {
    type: 'desired',
    position,
    intents: [...intents.values()],
    unknown,
    digest,
    ...(after !== undefined && { after }),
  };
}

/** Undefined for what is nested so deeply that going through it overflows the stack. */
function digestOf(raw: readonly unknown[]): string | undefined {
  try {
    return sha256(canonicalJson(raw));
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' ? id.slice(0, 200) : undefined;
}

function reasonOf(value: unknown, error: z.ZodError): string {
  const said = typeof value === 'object' && value !== null && 'type' in value ? value.type : 'none';
  // Only a text is repeated: an object's `toString` is what its sender made of it, and a deep list has no end.
  const type = typeof said === 'string' ? said.slice(0, 50) : typeof said;
  const issue = error.issues[0];
  return `type ${type}: ${issue ? `${issue.path.join('.')} ${issue.message}` : 'unknown'}`;
}
