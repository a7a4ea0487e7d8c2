import { resolve } from 'node:path';
import { readContextFile, writeContextFile } from '../../config/context-file.ts';
import { putContext, userConfigPath, type Context } from '../../config/index.ts';
import { checkServerAddress } from '../../config/server-address.ts';
import { checkTokenPath, readTokenFile } from '../../config/token-file.ts';
import { defineCommand } from '../../command.ts';
import { usageError } from '../../errors.ts';

interface ContextAddOptions {
  readonly context: Context;
  readonly use: boolean;
}

export const command = defineCommand<ContextAddOptions>({
  about:
    'Give the address with --server and the token with --token-file. The same name again replaces the context.',
  args: [{ syntax: '<name>', text: 'name of the context: prod, staging' }],
  options: [
    { flags: '--ca-file <file>', text: 'CA certificates to trust for this server alone' },
    { flags: '--protected', text: 'marks it: shown wherever contexts are listed' },
    { flags: '--use', text: 'make it the current one' },
  ],
  examples: [
    'hafleet context add prod --server https://hafleet.example.org --token-file ~/.config/hafleet/prod.token --use',
    'hafleet context add lab --server http://127.0.0.1:8700 --token-file /tmp/lab.token',
  ],
  read: ([name = ''], typed) => ({
    context: readContext(name, {
      server: typed.text('server'),
      tokenFile: typed.text('token-file'),
      caFile: typed.text('ca-file'),
      isProtected: typed.flag('protected'),
    }),
    use: typed.flag('use'),
  }),
  async run(cli, { context, use }) {
    const path = userConfigPath(cli.world.env);
    const file = putContext(await readContextFile(path), context);
    const current = use || file.current === undefined ? context.name : file.current;
    const warning = context.tokenFile === undefined ? undefined : readTokenFile(context.tokenFile).warning;
    if (warning !== undefined) cli.err.line(['warning: ', warning]);
    await writeContextFile(path, { ...file, current });
    cli.out.line(
      `${context.name} is ${context.server}${current === context.name ? ', and the current context' : ''}`,
    );
    return 0;
  },
});

interface TypedContext {
  readonly server: string | undefined;
  readonly tokenFile: string | undefined;
  readonly caFile: string | undefined;
  readonly isProtected: boolean;
}

function readContext(name: string, { server, tokenFile, caFile, isProtected }: TypedContext): Context {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name))
    throw usageError(`\`${name}\` is not a name`, 'letters, digits, `.`, `_` and `-`, 63 at most');
  if (server === undefined) throw usageError('--server is missing', 'write http://HOST:PORT or https://HOST');
  return {
    name,
    server: checkServerAddress(server),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(checkTokenPath(tokenFile)) }),
    ...(caFile === undefined ? {} : { caFile: resolve(caFile) }),
    ...(isProtected ? { protected: true } : {}),
  };
}
