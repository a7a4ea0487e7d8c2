import { usageError } from './errors.ts';
import type { Env } from './config/index.ts';
import { DURATION_HINT, type TypedOptions } from './options.ts';
import { parseDuration, type TerminalFacts } from './text/index.ts';

export const FORMATS = ['table', 'wide', 'plain', 'json', 'yaml', 'name', 'nagios', 'milkcheck'] as const;
export type Format = (typeof FORMATS)[number];

/** What the global options and the environment say together. */
export interface Settings {
  readonly context: string | undefined;
  readonly server: string | undefined;
  readonly tokenFile: string | undefined;
  readonly socket: string | undefined;
  /** With `socket`: where its agent listens, or `none`. Default: found by what agents leave in /run/hafleet. */
  readonly agentSocket: string | undefined;
  readonly format: Format;
  readonly colour: TerminalFacts['colour'];
  readonly timeoutMs: number | undefined;
  readonly debug: boolean;
}

/** @throws CliError (64) for a format, a colour or a time-out that does not exist. */
export function readSettings(typed: TypedOptions, env: Env): Settings {
  return {
    context: typed.text('context'),
    server: typed.text('server'),
    tokenFile: typed.text('token-file'),
    socket: typed.text('socket'),
    agentSocket: typed.text('agent-socket') ?? (env['HAFLEET_AGENT_SOCKET'] || undefined),
    format: typed.flag('json')
      ? 'json'
      : readFormat(typed.text('output') ?? (env['HAFLEET_OUTPUT'] || 'table')),
    colour: readColour(typed),
    timeoutMs: typed.durationMs('timeout') ?? readTimeout(env['HAFLEET_TIMEOUT']),
    debug: typed.flag('debug') || ![undefined, '', '0'].includes(env['HAFLEET_DEBUG']),
  };
}

/** What makes a suggested command go where this one went, as far as flags said so. */
export function sameTarget({ socket, context }: Settings): string {
  if (socket !== undefined) return ` --socket ${socket}`;
  return context === undefined ? '' : ` --context ${context}`;
}

function readFormat(text: string): Format {
  const found = FORMATS.find((format) => format === text);
  if (found) return found;
  throw usageError(`-o: \`${text}\` is not an output format`, `one of ${FORMATS.join(', ')}`);
}

function readColour(typed: TypedOptions): Settings['colour'] {
  if (typed.negated('color')) return 'never';
  const text = typed.text('color');
  if (text === undefined || text === 'auto' || text === 'always' || text === 'never') return text;
  throw usageError(`--color: \`${text}\` is not known`, 'auto, always or never');
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw usageError(`HAFLEET_TIMEOUT: \`${text}\` is not a duration`, DURATION_HINT);
  return ms;
}
