import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrolAnswer } from '../../api/index.ts';
import { HafleetError, errorText, replaceFileSync, systemErrorCode } from '../../lib/index.ts';
import { postJson } from './post.ts';

export interface CredentialOptions {
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly dataFolder: string;
  readonly tokenFile: string | undefined;
  /** The join token itself, where server and agent are one process. */
  readonly joinToken: string | undefined;
}

export interface ServerAddress {
  readonly url: string;
  readonly ca: string | undefined;
}

/** The node's credential: from disk, else by enrolling once with whichever server answers first. */
export interface Credential {
  /** @throws HafleetError of enrolment: the server's own code, `not-enrolled`, `server-unreachable` */
  get(server: ServerAddress): Promise<string>;
  /** The fleet's public key as it was told at enrolment. */
  fleetKey(): string | undefined;
}

export function createCredential(options: CredentialOptions): Credential {
  const path = join(options.dataFolder, 'credential');
  const keyPath = join(options.dataFolder, 'fleet.pub');
  let known = readIfThere(path);
  let enrolling: Promise<string> | undefined;
  return {
    fleetKey: () => readIfThere(keyPath),
    async get(server) {
      if (known !== undefined) return known;
      enrolling ??= enrol(server, options).finally(() => (enrolling = undefined));
      known = await enrolling;
      return known;
    },
  };

  async function enrol(server: ServerAddress, { node: name, labels }: CredentialOptions): Promise<string> {
    const answer = await postJson({
      url: new URL('/v1/nodes/enrol', server.url).href,
      body: { name, labels },
      bearer: readJoinToken(options),
      ca: server.ca,
    });
    if (answer.status >= 400) throw enrolError(answer.text, answer.status, server.url);
    const { credential, fleetKey } = enrolAnswer.parse(JSON.parse(answer.text));
    // The key first: a credential without it could never follow its fleet into a new epoch.
    if (fleetKey !== undefined) replaceFileSync(keyPath, fleetKey);
    replaceFileSync(path, credential);
    return credential;
  }
}

function readJoinToken({ joinToken, tokenFile, node }: CredentialOptions): string {
  if (joinToken !== undefined) return joinToken;
  if (tokenFile === undefined)
    throw new HafleetError(
      'not-enrolled',
      `node ${node} is not enrolled and its local file names no tokenFile`,
      {
        hint: 'put a join token into a file and name it as `tokenFile`',
      },
    );
  try {
    return readFileSync(tokenFile, 'utf8').trim();
  } catch (cause) {
    throw new HafleetError('not-enrolled', `node ${node} is not enrolled: ${errorText(cause)}`, {
      hint: `put a join token into ${tokenFile}, readable for the agent’s user`,
      cause,
    });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined;
    throw new HafleetError('credential-unreadable', errorText(cause), {
      hint: 'the data folder belongs to the agent’s user alone',
      cause,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  'node-name-taken':
    'give this node another `name`, or remove the old node on the server (`hafleet node remove`)',
  'join-token-wrong': 'get the join token of this fleet from its server and put it into the tokenFile',
};

/** The server's own code where the answer has one. */
export function enrolError(text: string, status: number, url: string): HafleetError {
  const { code = `http-${status}`, message = '' } = readError(text);
  const hint = HINTS[code];
  return new HafleetError(code, `${url} did not enrol this node: ${message || `HTTP ${status}`}`, {
    ...(hint !== undefined && { hint }),
    retryable: true,
  });
}

function readError(text: string): { code?: string; message?: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    return {
      ...(typeof error?.code === 'string' && { code: error.code }),
      ...(typeof error?.message === 'string' && { message: error.message }),
    };
  } catch {
    return {};
  }
}
