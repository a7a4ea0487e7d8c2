import { z } from 'zod';
import { MAX_FINDINGS, doctorFinding } from './doctor.ts';
import { intentStatus, wireIntent } from './intent.ts';
import { localChange, localId } from './local.ts';
import { fleetPosition } from './position.ts';
import { epochProof } from './proof.ts';
import { tryParse } from './try-parse.ts';
import { haproxyName, identifier, labels, milliseconds, wallTime } from './wire.ts';

/**
 * A list of which a newer version may send entries that this one cannot read: those are left out, and the rest counts. What an
 * agent says of an intent with a word unknown here is then nothing said yet.
 */
function known<S extends z.ZodType>(entry: S) {
  return z.array(z.unknown()).transform((list) =>
    list.flatMap((one): z.output<S>[] => {
      const { success, data } = tryParse(entry, one);
      return success ? [data] : [];
    }),
  );
}

/** One server as an instance reports it. Numbers are HAProxy's own; the meaning is decoded by src/model. */
export const serverReport = z.object({
  backend: haproxyName,
  server: haproxyName,
  id: z.number().int(),
  address: z.string().max(300).nullable(),
  port: z.number().int(),
  operationalState: z.number().int().min(0).max(3),
  adminFlags: z.number().int().min(0),
  weight: z.number().int(),
  initialWeight: z.number().int(),
  checkStatus: z.number().int(),
  checkState: z.number().int(),
  checkResult: z.number().int(),
  checkHealth: z.number().int(),
  agentState: z.number().int(),
  since: wallTime.meta({ description: 'Last change of the operational state, on the agent’s wall clock.' }),
  check: z
    .string()
    .max(300)
    .optional()
    .meta({ description: 'Last check as the statistics word it: `L7STS/503`.' }),
  backup: z.boolean().optional(),
  fileDisabled: z.boolean().optional(),
  tracked: z
    .boolean()
    .optional()
    .meta({ description: 'haproxy.cfg says `track`: its health is another server’s.' }),
  checkIntervalMs: milliseconds
    .optional()
    .meta({ description: '`inter` of haproxy.cfg, for check load and gate deadlines.' }),
  rise: z.number().int().optional(),
  sessions: z.number().int().min(0).optional(),
});
export type ServerReport = z.infer<typeof serverReport>;

export const workerReport = z.object({
  pid: z.number().int(),
  startedAt: wallTime,
  version: z.string().max(200),
  description: z.string().max(1000).optional(),
});

/**
 * The state of one instance as of one reading. `servers` holds changed rows only, unless `full`.
 * `readAgeMs` is the age of the reading when the message was written: ages need no common clock.
 */
export const instanceReport = z.object({
  name: identifier,
  groups: z.array(identifier).max(50),
  mode: z.enum(['observe', 'share', 'manage']).catch('observe'),
  reading: z
    .enum(['ok', 'failing'])
    .meta({ description: 'failing: the last poll failed; the rows are from `readAgeMs` ago.' }),
  readAgeMs: milliseconds.nullable().meta({ description: 'null: never read since the agent started.' }),
  error: z
    .object({
      code: z.string().max(100),
      message: z.string().max(2000),
      hint: z.string().max(1000).optional(),
    })
    .optional(),
  worker: workerReport.optional(),
  level: z.enum(['user', 'operator', 'admin', 'unknown']).optional().catch('unknown'),
  readOnly: z.boolean().optional(),
  survivesReload: z.boolean().optional().meta({ description: 'haproxy.cfg loads our state file.' }),
  full: z.boolean(),
  servers: z.array(serverReport),
  gone: z.array(z.object({ backend: haproxyName, server: haproxyName })),
  intents: known(intentStatus).meta({ description: 'Changed statuses, or all of them when `full`.' }),
});
export type InstanceReport = z.infer<typeof instanceReport>;

/** Something an agent saw or refused that is not a state. */
export const agentEvent = z.object({
  at: wallTime,
  severity: z.enum(['info', 'warning', 'critical']),
  code: z.string().max(100),
  instance: identifier.optional(),
  backend: haproxyName.optional(),
  server: haproxyName.optional(),
  message: z.string().max(2000),
});
export type AgentEvent = z.infer<typeof agentEvent>;

/** Agent → server. */
export const agentMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.object({ major: z.number().int(), minor: z.number().int() }),
    version: z.string().max(100),
    node: identifier,
    labels,
    holds: fleetPosition.nullable(),
    asks: z.string().max(20).optional().meta({
      description:
        '`level`: it waits to hear that it holds already what it is to hold. `verdict`: also that nothing will be sent.',
    }),
  }),
  z.object({
    type: z.literal('report'),
    holds: fleetPosition.nullable(),
    instances: z.array(instanceReport),
    events: known(agentEvent).optional(),
    local: z
      .array(localChange)
      .max(1000)
      .optional()
      .meta({ description: 'Asked for on the machine itself; told again until `local-taken` names them.' }),
  }),
  z.object({
    type: z.literal('held'),
    position: fleetPosition.nullable(),
    intents: z.array(wireIntent),
  }),
  z.object({
    type: z.literal('operation-result'),
    id: z.string().max(100),
    ok: z.boolean(),
    code: z.string().max(100).optional(),
    message: z.string().max(2000).optional(),
    closed: z.number().int().optional(),
    findings: z.array(doctorFinding).max(MAX_FINDINGS).optional(),
    at: wallTime.optional().meta({ description: 'The agent’s wall clock, to compare it with.' }),
  }),
]);
export type AgentMessage = z.infer<typeof agentMessage>;

/** One-off operations: things done once, that are not a lasting want. */
export const operation = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('kill-sessions'),
    instance: identifier,
    backend: haproxyName,
    server: haproxyName,
  }),
  z
    .object({ kind: z.literal('doctor') })
    .meta({ description: 'Reads alone: everything that `hafleet doctor` looks at on this node.' }),
]);
export type WireOperation = z.infer<typeof operation>;

/** Server → agent. */
export const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.object({ major: z.number().int(), minor: z.number().int() }),
    version: z.string().max(100),
    fleetId: z.string(),
    epoch: z.number().int(),
    proof: epochProof
      .optional()
      .meta({ description: 'By what right this epoch began, for an agent that knows an older one.' }),
  }),
  z.object({
    type: z.literal('desired'),
    position: fleetPosition,
    after: fleetPosition.nullish().meta({
      description: 'What the agent must hold for this to follow on it; absent from servers older than 1.0.',
    }),
    intents: z.array(wireIntent),
  }),
  z.object({ type: z.literal('operation'), id: z.string(), operation }),
  z.object({ type: z.literal('tell-held') }),
  z.object({
    type: z.literal('level'),
    position: fleetPosition,
  }),
  z.object({
    type: z.literal('local-taken'),
    position: fleetPosition
      .nullable()
      .meta({ description: 'What the agent holds by now; from another position nothing is let go.' }),
    changes: z.array(z.object({ id: localId, change: z.string().max(40) })).max(1000),
  }),
  z.object({ type: z.literal('refused'), code: z.string(), message: z.string() }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;
export type DesiredMessage = Extract<ServerMessage, { type: 'desired' }>;

/** Largest message either side takes, in bytes: 10,000 servers fit several times. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export const enrolRequest = z.object({ name: identifier, labels });
export const enrolAnswer = z.object({
  node: identifier,
  credential: z.string(),
  fleetId: z.string(),
  fleetKey: z
    .string()
    .max(2000)
    .optional()
    .meta({ description: 'Public key of the fleet, PEM: checks who may start an epoch.' }),
});
