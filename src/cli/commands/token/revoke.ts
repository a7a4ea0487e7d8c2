import { defineCommand } from '../../command.ts';
import { confirm, sayDryRun } from '../../confirm.ts';

interface TokenRevokeOptions {
  readonly name: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const command = defineCommand<TokenRevokeOptions>({
  about: 'Whoever uses it is refused from now on. What was changed with it stays.',
  args: [{ syntax: '<name>', text: 'name of the token' }],
  options: [
    { flags: '-n, --dry-run', text: 'show what would change, and change nothing' },
    { flags: '-y, --yes', text: 'do not ask' },
  ],
  examples: ['hafleet token revoke ci', 'hafleet token revoke ci --yes'],
  read: ([name = ''], typed) => ({ name, yes: typed.flag('yes'), dryRun: typed.flag('dry-run') }),
  async run(cli, { name, yes, dryRun }) {
    const { api, name: context } = await cli.connect();
    (dryRun ? cli.out : cli.err).line(`Scope   token ${name}, context ${context}`);
    if (dryRun) return sayDryRun(cli);
    if (!(await confirm(cli, yes, `Revoke ${name}?`))) return 1;
    const token = await api.revokeToken(name);
    cli.out.line(`${token.name} is revoked`);
    return 0;
  },
});
