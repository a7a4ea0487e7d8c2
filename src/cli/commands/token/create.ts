import { writeFileSync } from 'node:fs';
import type { TokenRequest, TokenView } from '../../../api/index.ts';
import { errorText } from '../../../lib/index.ts';
import type { Cli } from '../../cli.ts';
import { defineCommand } from '../../command.ts';
import { printDocument } from '../../document.ts';
import { CliError, usageError } from '../../errors.ts';
import type { TypedOptions } from '../../options.ts';
import { DATA_OPTION, readDataFolder } from '../../store/options.ts';
import { scopeText } from '../../token-scope.ts';

interface TokenCreateOptions {
  readonly request: TokenRequest;
  readonly outFile: string | undefined;
  /** Data folder of a server that does not run. */
  readonly localFolder: string | undefined;
}

const ROLES = ['viewer', 'operator', 'admin'] as const satisfies TokenRequest['role'][];

export const command = defineCommand<TokenCreateOptions>({
  about:
    'viewer reads; operator changes servers and floors; admin also removes nodes and makes tokens. The secret is ' +
    'shown this once, on standard output alone or in --out.',
  args: [{ syntax: '<name>', text: 'name of the token; changes made with it bear it' }],
  options: [
    { flags: '--role <role>', text: 'viewer, operator or admin' },
    { flags: '--backends <globs>', text: 'only these backends: web-*,api (default: all)' },
    { flags: '--nodes <globs>', text: 'only these load balancers: lb1*,mx? (default: all)' },
    { flags: '--for <duration>', text: 'it ends by itself after this long' },
    {
      flags: '--local',
      text: 'on the store’s own machine, with no server running: writes into its data folder',
    },
    DATA_OPTION,
    { flags: '--out <file>', text: 'write the secret there, mode 0600; the file must not exist' },
  ],
  examples: [
    'hafleet token create ci --role operator --backends "web-*" --for 90d --out ci.token',
    'hafleet token create dashboard --role viewer',
    'hafleet token create rescue --role admin --local --data /var/lib/hafleet',
  ],
  read: ([name = ''], typed, cli) => ({
    request: readRequest(name, typed),
    outFile: typed.text('out'),
    localFolder: typed.flag('local') ? readDataFolder(typed, cli) : undefined,
  }),
  async run(cli, { request, outFile, localFolder }) {
    const { token, secret } = await createToken(cli, request, localFolder);
    if (outFile !== undefined) writeSecret(outFile, secret);
    const { format } = cli.settings;
    if (format === 'json' || format === 'yaml') {
      const item = outFile === undefined ? { ...token, secret } : token;
      await printDocument(cli, { kind: 'Token', items: [item] });
      return 0;
    }
    cli.err.line(`${token.name} is ${token.role} of ${scopeText(token.scope)}`);
    cli.out.line(outFile ?? secret);
    return 0;
  },
});

async function createToken(
  cli: Cli,
  request: TokenRequest,
  localFolder: string | undefined,
): Promise<{ readonly token: TokenView; readonly secret: string }> {
  if (localFolder === undefined) return (await cli.connect()).api.createToken(request);
  const { createLocalToken } = await import('../../../server/main.ts');
  return createLocalToken(localFolder, request);
}

function readRequest(name: string, typed: TypedOptions): TokenRequest {
  const role = ROLES.find((one) => one === typed.text('role'));
  if (!role) throw usageError('--role is missing or none', `one of ${ROLES.join(', ')}`);
  const [backends, nodes] = [typed.text('backends'), typed.text('nodes')];
  const forMs = typed.durationMs('for');
  return {
    name,
    role,
    scope: {
      ...(backends === undefined ? {} : { backends: backends.split(',') }),
      ...(nodes === undefined ? {} : { nodes: nodes.split(',') }),
    },
    ...(forMs === undefined ? {} : { forMs }),
  };
}

/** Never over another file, and never readable by others, not even for a moment. */
function writeSecret(path: string, secret: string): void {
  try {
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (thrown) {
    throw new CliError(1, `the token is made, but its secret could not be written: ${errorText(thrown)}`, {
      where: path,
      hint: 'revoke the token with `hafleet token revoke`, and create it again',
    });
  }
}
