import { defineCommand } from '../../command.ts';
import { chosenConnection } from '../../connect.ts';
import { printListing } from '../../document.ts';

export const command = defineCommand<null>({
  about:
    'A flag comes before the environment, this before your own file, and this before /etc/hafleet/config.yaml.',
  examples: ['hafleet context show', 'hafleet context show --context staging'],
  read: () => null,
  async run(cli) {
    const choice = await chosenConnection(cli.world, cli.settings);
    const { name, server, token } = choice;
    const source =
      token.kind === 'file' ? token.path : token.kind === 'environment' ? 'HAFLEET_TOKEN' : 'none';
    const item = { name, server, token: source, protected: choice.protected };
    await printListing(cli, {
      kind: 'Context',
      items: [item],
      names: [name],
      table: () => ({
        columns: ['NAME', 'SERVER', 'TOKEN', 'NOTE'].map((title) => ({ title })),
        rows: [[name, server, source, choice.protected ? 'protected' : '']],
      }),
    });
    return 0;
  },
});
