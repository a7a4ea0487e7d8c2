import { z } from 'zod';
import { identifier, labels } from '../../api/index.ts';

/** What an agent may be allowed. `observe` needs no word; `code` lets files bring lua-load, external-check and program. */
export const ALLOWANCES = ['observe', 'servers', 'maps', 'reload', 'code'] as const;

const path = z.string().min(1).max(1000);

/** TLS everywhere but on the machine itself: the connection carries the node's credential. */
const serverUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as https://hafleet.example.org:8700' })
  .refine((url) => url.startsWith('https:') || !URL.canParse(url) || isLoopback(new URL(url).hostname), {
    error:
      'must begin with https: only an address of this machine (127.0.0.0/8, ::1, localhost) may go without',
  })
  // It is named in logs and events.
  .refine((url) => !url.includes('@'), { error: 'must have no user and password in it' });

/** A token in the place of its file's name would be told with every error about that file. */
const tokenPath = path.refine((text) => !/(^|\/)hafleet_(api|join|node)_/.test(text), {
  error: 'must be the name of a file; the token itself belongs into that file',
});

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

const address = z
  .string()
  .regex(/^(?:unix@)?\/|^[^/]+:\d{1,5}$/, 'must be the path of a socket, or host:port')
  .max(1000);

/** Without a token, so for this machine alone. */
const metricsListen = z
  .string()
  .regex(
    /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):\d{1,5}$/,
    'must be an address of this machine: 127.0.0.1:9910',
  )
  .meta({ description: 'HOST:PORT, loopback only.' });

const instance = z.strictObject({
  name: identifier.meta({ description: 'Unique on this node. Servers of the fleet know it as `node/name`.' }),
  groups: z
    .array(identifier)
    .max(50)
    .default([])
    .meta({ description: 'Groups that the milkcheck view folds by.' }),
  mode: z
    .enum(['observe', 'share', 'manage'])
    .default('observe')
    .meta({ description: 'observe: haproxy.cfg is never written. See the manual for the others.' }),
  config: z
    .union([path, z.array(path).min(1).max(100)])
    .meta({ description: 'The files or folders HAProxy is started with (-f), in order. Only read.' }),
  statsSocket: address.meta({ description: 'Path or host:port of the stats socket, level admin.' }),
  masterSocket: address.optional().meta({ description: 'The master socket (-S): the second way in.' }),
  stateFile: path.optional().meta({
    description: 'The server-state-file the agent keeps. It is loaded when haproxy.cfg names it too.',
  }),
  stateFileFrom: z.enum(['start', 'first-change']).default('start').meta({
    description:
      'first-change: nothing is written before somebody asks for something. `hafleet up` runs so, since nobody named the file to it.',
  }),
  mapFolder: path.optional(),
  generationFolder: path.optional(),
  validate: path.optional().meta({ description: 'Whole command line that checks a configuration.' }),
  reload: path.optional().meta({ description: 'Whole command line that reloads HAProxy.' }),
});

/** The agent's local file, whole. What stands here bounds what any server can have done on this node. */
export const localFileSchema = z
  .strictObject({
    name: identifier.meta({ description: 'The node’s name, unique in the fleet and fixed at enrolment.' }),
    labels: labels.default({}).meta({ description: 'For node sets such as @role:edge.' }),
    servers: z
      .array(z.strictObject({ url: serverUrl, ca: path.optional() }))
      .min(1)
      .max(20)
      .meta({ description: 'hafleet servers; the agent reports to all of them.' }),
    tokenFile: tokenPath
      .optional()
      .meta({ description: 'File with the join token. Read once, at enrolment; may be removed afterwards.' }),
    dataFolder: path
      .default('/var/lib/hafleet')
      .meta({ description: 'Where the agent keeps its credential and what it last agreed to.' }),
    allow: z.array(z.enum(ALLOWANCES)).default(['observe', 'servers']),
    backends: z
      .array(z.string().min(1).max(1000))
      .default(['*'])
      .meta({ description: 'Globs of the backends whose servers may be changed.' }),
    readOnly: z.boolean().default(false).meta({ description: 'Look, and change nothing at all.' }),
    actions: z
      .record(identifier, path)
      .default({})
      .meta({ description: 'Commands by name, each the whole command line. Nothing else is ever run.' }),
    metrics: z
      .strictObject({ listen: metricsListen })
      .optional()
      .meta({ description: 'Serves /metrics for a Prometheus on this machine.' }),
    instances: z.array(instance).min(1).max(100),
  })
  .superRefine(({ instances }, context) => {
    for (const [at, { name }] of instances.entries())
      if (instances.findIndex((one) => one.name === name) < at)
        context.addIssue({
          code: 'custom',
          path: ['instances', at, 'name'],
          message: `${name} is there twice`,
        });
  });

export type LocalFile = z.output<typeof localFileSchema>;
export type LocalFileInput = z.input<typeof localFileSchema>;
export type LocalInstance = LocalFile['instances'][number];

/** Published as deploy/agent.schema.json. */
export function localFileJsonSchema(): object {
  return {
    title: 'hafleet agent, local file',
    ...z.toJSONSchema(localFileSchema, { io: 'input', target: 'draft-2020-12' }),
  };
}
