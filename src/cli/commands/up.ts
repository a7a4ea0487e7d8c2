import { defineCommand } from '../command.ts';
import { userDataFolder } from '../config/index.ts';
import type { UpRequest } from '../up.ts';
import { DEFAULT_LISTEN, readListen } from './serve.ts';

export const command = defineCommand<UpRequest>({
  about:
    'Finds the HAProxy that runs on this machine, starts a server and an agent for it in one process, writes a ' +
    'context so that no token is typed, and shows the status. What stands in the way is said in one sentence each. ' +
    'HAProxy is not touched.',
  options: [
    { flags: '-n, --dry-run', text: 'say what was found and what would be started, and start nothing' },
    { flags: '--once', text: 'show the status and end' },
    {
      flags: '--proc <dir>',
      text: "the machine's /proc, where a container sees it elsewhere (default: /proc)",
    },
    { flags: '--data <dir>', text: 'folder for its data (default: $XDG_DATA_HOME/hafleet)' },
    { flags: '--listen <address>', text: `HOST:PORT of the server (default ${DEFAULT_LISTEN})` },
  ],
  examples: ['hafleet up', 'hafleet up --dry-run'],
  read: (_args, typed, cli) => ({
    proc: typed.text('proc'),
    dataFolder: typed.text('data') ?? userDataFolder(cli.world.env),
    listen: readListen(typed.text('listen') ?? DEFAULT_LISTEN),
    once: typed.flag('once'),
    dryRun: typed.flag('dry-run'),
  }),
  run: async (cli, request) => (await import('../up.ts')).up(cli, request),
});
