import type { Context, ContextFile } from './context.ts';
import type { Env } from './paths.ts';

export interface ConnectionFlags {
  readonly context?: string | undefined;
  readonly server?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** Which control server, with which token: what the flags, the environment and the two files say together. */
export interface ConnectionChoice {
  /** Leads every status and every question. */
  readonly name: string;
  readonly server: string;
  readonly token: TokenSource;
  readonly caFile?: string;
  readonly protected: boolean;
}

export type TokenSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly token: string }
  | { readonly kind: 'none' };

export type ChoiceProblem =
  | { readonly problem: 'no-server' }
  | { readonly problem: 'unknown-context'; readonly name: string; readonly known: readonly string[] };

/** Order: flag, environment, the user's file, the system's file. */
export function chooseConnection(
  flags: ConnectionFlags,
  env: Env,
  files: { readonly user: ContextFile; readonly system: ContextFile },
): ConnectionChoice | ChoiceProblem {
  const contexts = [...files.user.contexts, ...files.system.contexts];
  const wanted = flags.context ?? given(env['HAFLEET_CONTEXT']);
  const name = wanted ?? files.user.current ?? files.system.current;
  const context = contexts.find((one) => one.name === name);
  const server = flags.server ?? given(env['HAFLEET_SERVER']);
  if (!context && wanted !== undefined && server === undefined)
    return { problem: 'unknown-context', name: wanted, known: [...new Set(contexts.map((one) => one.name))] };
  if (server !== undefined) return chooseServer(server, context, flags, env);
  if (!context) return { problem: 'no-server' };
  return {
    name: context.name,
    server: context.server,
    token: chooseToken(flags, env, context),
    protected: context.protected ?? false,
    ...(context.caFile === undefined ? {} : { caFile: context.caFile }),
  };
}

/** A server that was named by address gets the context's token only if it is the context's server: a token goes nowhere else. */
function chooseServer(
  server: string,
  context: Context | undefined,
  flags: ConnectionFlags,
  env: Env,
): ConnectionChoice {
  const own = context && sameOrigin(context.server, server) ? context : undefined;
  return {
    name: own?.name ?? hostOf(server),
    server,
    token: chooseToken(flags, env, own),
    protected: own?.protected ?? false,
    ...(own?.caFile === undefined ? {} : { caFile: own.caFile }),
  };
}

function chooseToken(flags: ConnectionFlags, env: Env, context: Context | undefined): TokenSource {
  if (flags.tokenFile !== undefined) return { kind: 'file', path: flags.tokenFile };
  const path = given(env['HAFLEET_TOKEN_FILE']);
  if (path !== undefined) return { kind: 'file', path };
  const token = given(env['HAFLEET_TOKEN']);
  if (token !== undefined) return { kind: 'environment', token };
  return context?.tokenFile === undefined ? { kind: 'none' } : { kind: 'file', path: context.tokenFile };
}

function sameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
