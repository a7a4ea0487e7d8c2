import { readFileSync, readdirSync, realpathSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import {
  EXIT,
  type LocalAnswer,
  type LocalRequest,
  localAnswer,
  localInfo,
  type LocalInfo,
  localRegistration,
} from '../../api/index.ts';
import { errorText, systemErrorCode } from '../../lib/index.ts';
import { CliError } from '../errors.ts';

/** The agent on this machine that drives the HAProxy behind a socket. */
export interface LocalAgent {
  readonly node: string;
  readonly instance: string;
  /** @throws CliError with the agent's own reason */
  add(wanted: LocalRequest): Promise<LocalAnswer>;
  answer(id: string): Promise<LocalAnswer>;
}

export interface LookUp {
  /** The socket of HAProxy that was given. */
  readonly socket: string;
  /** `--agent-socket`: a path, or `none` to go past every agent. */
  readonly agentSocket: string | undefined;
  /** Where agents leave word of themselves. */
  readonly runtimeFolder: string;
}

/** What an agent that does not answer leaves behind: it ended, or was killed. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

/**
 * Finds it by what agents leave in the runtime folder, or by the path given. Undefined where none runs.
 * @throws CliError where one runs and may not be asked, or the one that was named does not drive this HAProxy
 */
export async function findLocalAgent({
  socket,
  agentSocket,
  runtimeFolder,
}: LookUp): Promise<LocalAgent | undefined> {
  if (agentSocket === 'none') return undefined;
  if (agentSocket !== undefined) {
    const info = localInfo.parse(await call(agentSocket, 'GET', '/v1/local'));
    const found = agentFor(info, agentSocket, socket);
    if (found) return found;
    throw new CliError(EXIT.usage, `the agent of ${info.node} does not drive ${socket}`, {
      hint: `it drives ${info.instances.flatMap(({ sockets }) => sockets).join(', ')}`,
    });
  }
  for (const { socket: path, ...left } of registrations(runtimeFolder)) {
    if (!agentFor(left, path, socket)) continue;
    try {
      return agentFor(localInfo.parse(await call(path, 'GET', '/v1/local')), path, socket);
    } catch (thrown) {
      if (!(thrown instanceof AgentSilent)) throw thrown;
    }
  }
  return undefined;
}

function registrations(folder: string) {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      return [localRegistration.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))];
    } catch {
      return [];
    }
  });
}

function agentFor({ node, instances }: LocalInfo, path: string, socket: string): LocalAgent | undefined {
  const wanted = realPath(socket);
  const found = instances.find(({ sockets }) => sockets.some((one) => realPath(one) === wanted));
  if (!found) return undefined;
  return {
    node,
    instance: found.name,
    add: async (change) => localAnswer.parse(await call(path, 'POST', '/v1/local/changes', change)),
    answer: async (id) => localAnswer.parse(await call(path, 'GET', `/v1/local/changes/${id}`)),
  };
}

function realPath(path: string): string {
  const plain = path.replace(/^unix@/, '');
  try {
    return realpathSync(plain);
  } catch {
    return plain;
  }
}

class AgentSilent extends CliError {}

async function call(socketPath: string, method: string, path: string, body?: object): Promise<unknown> {
  const { status, text } = await ask(socketPath, method, path, body).catch((thrown: unknown) => {
    throw unreachable(thrown, socketPath);
  });
  const answer = JSON.parse(text) as { error?: { code?: string; message?: string; hint?: string } };
  if (status < 400) return answer;
  const { code = 'failed', message = `HTTP ${status}`, hint } = answer.error ?? {};
  throw new CliError(
    status === 403 ? EXIT.notAllowed : EXIT.failed,
    `the agent refused it (${code}): ${message}`,
    {
      ...(hint !== undefined && { hint }),
    },
  );
}

function unreachable(thrown: unknown, socketPath: string): CliError {
  const code = systemErrorCode(thrown) ?? '';
  if (code === 'EACCES')
    return new CliError(
      EXIT.notAllowed,
      `an agent drives this HAProxy, and its socket ${socketPath} may not be opened`,
      {
        hint: 'become a member of its group; `--agent-socket none` goes past the agent, which then shows the change as drift',
      },
    );
  const message = `the agent at ${socketPath} does not answer: ${errorText(thrown)}`;
  const hint = '`--agent-socket none` goes straight to HAProxy';
  return NOBODY.has(code)
    ? new AgentSilent(EXIT.failed, message, { hint })
    : new CliError(EXIT.failed, message, { hint });
}

function ask(
  socketPath: string,
  method: string,
  path: string,
  body: object | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ socketPath, method, path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    sent.setTimeout(10_000, () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}
