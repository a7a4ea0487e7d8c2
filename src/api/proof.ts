import { z } from 'zod';
import { fleetPosition } from './position.ts';
import { identifier, wallTime } from './wire.ts';

/**
 * Signed with the fleet's private key, it lets agents follow a fleet into a new epoch: each agent finds in it what it
 * holds itself, so a server cannot start over with less than the agents know. `recover` names all nodes that were heard;
 * `adopt` one that was not.
 */
export const epochRecord = z.object({
  kind: z.enum(['recover', 'adopt']),
  fleetId: z.string(),
  epoch: z.number().int().min(1),
  at: wallTime,
  nodes: z
    .record(identifier, fleetPosition)
    .meta({ description: 'What each node held when this was signed.' }),
});
export type EpochRecord = z.infer<typeof epochRecord>;

/** `text` is the record as JSON, the very bytes that were signed. */
export const epochProof = z.object({ text: z.string().max(1_000_000), signature: z.string().max(200) });
export type EpochProof = z.infer<typeof epochProof>;

/** What a node credential says of itself: `hafleet_node_<payload>.<signature>`, both base64url. */
export const credentialPayload = z.object({
  node: identifier,
  fleet: z.string().max(100),
  nonce: z.string().max(100),
});
export type CredentialPayload = z.infer<typeof credentialPayload>;
