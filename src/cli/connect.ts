import { readFileSync } from 'node:fs';
import { EXIT } from '../api/index.ts';
import { errorText } from '../lib/index.ts';
import type { Connection } from './cli.ts';
import { readContextFile } from './config/context-file.ts';
import {
  chooseConnection,
  SYSTEM_CONFIG,
  userConfigPath,
  type ChoiceProblem,
  type ConnectionChoice,
  type TokenSource,
} from './config/index.ts';
import { checkServerAddress } from './config/server-address.ts';
import { readTokenFile } from './config/token-file.ts';
import { CliError, usageError } from './errors.ts';
import { createHttpFetch } from './http-fetch.ts';
import { createLazyApi } from './lazy-api.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

/** Silence of the server after which it counts as gone. */
const SILENCE_MS = 30_000;

/** The control server that flags, environment and files name. Warnings go to `err`. */
export async function connectServer(world: World, settings: Settings, err: Output): Promise<Connection> {
  const choice = await chosenConnection(world, settings);
  refusePlainHttp(choice.server);
  const token = readToken(choice.token, err);
  const fetch = world.fetch ?? createHttpFetch({ silenceMs: SILENCE_MS, ca: readCa(choice.caFile) });
  const api = createLazyApi({ server: choice.server, token, fetch });
  return { name: choice.name, api, direct: false, close: () => Promise.resolve() };
}

/** What flags, environment and files say, without asking the server. @throws CliError (64) when they name none. */
export async function chosenConnection(world: World, settings: Settings): Promise<ConnectionChoice> {
  const files = {
    user: await readContextFile(userConfigPath(world.env)),
    system: await readContextFile(SYSTEM_CONFIG),
  };
  const choice = chooseConnection(settings, world.env, files);
  if ('problem' in choice) throw problemError(choice);
  return { ...choice, server: checkServerAddress(choice.server) };
}

function problemError(problem: ChoiceProblem): CliError {
  if (problem.problem === 'no-server')
    return usageError(
      'nothing says which hafleet server to ask',
      '`hafleet up` starts one for the HAProxy on this machine; `hafleet context add NAME --server URL` names one',
    );
  const known = problem.known.length === 0 ? 'there are no contexts' : `known: ${problem.known.join(', ')}`;
  return usageError(
    `there is no context \`${problem.name}\``,
    `${known}; \`hafleet context list\` shows them`,
  );
}

function readToken(source: TokenSource, err: Output): string {
  if (source.kind === 'environment') return source.token;
  if (source.kind === 'none')
    throw new CliError(EXIT.notAllowed, 'there is no token for this server', {
      hint: 'give it with --token-file FILE, or once with `hafleet context add`',
    });
  const { token, warning } = readTokenFile(source.path);
  if (warning !== undefined) err.line(['warning: ', warning]);
  return token;
}

function readCa(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw usageError(`the CA file of this context cannot be read: ${errorText(thrown)}`);
  }
}

/** Whoever reads the wire of a plain connection owns the fleet: the token is all it takes. So it is not sent there. */
function refusePlainHttp(server: string): void {
  const { protocol, hostname } = new URL(server);
  if (protocol === 'https:' || isLoopback(hostname)) return;
  throw new CliError(EXIT.notAllowed, `the token would go to ${hostname} in the clear`, {
    hint: 'use https: `hafleet serve --tls-cert FILE --tls-key FILE`, and `hafleet context add NAME --server https://…`',
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
