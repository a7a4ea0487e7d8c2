import { readContextFile } from '../../config/context-file.ts';
import { SYSTEM_CONFIG, userConfigPath } from '../../config/index.ts';
import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { LIST_OPTIONS } from '../../options.ts';

interface ContextListOptions {
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

export const command = defineCommand<ContextListOptions>({
  options: LIST_OPTIONS,
  examples: ['hafleet context list', 'hafleet context list -o name'],
  read: (_args, typed) => ({ columns: typed.text('columns'), sort: typed.text('sort') }),
  async run(cli, list) {
    const user = await readContextFile(userConfigPath(cli.world.env));
    const system = await readContextFile(SYSTEM_CONFIG);
    const current = user.current ?? system.current;
    const own = new Set(user.contexts.map(({ name }) => name));
    const items = [...user.contexts, ...system.contexts.filter(({ name }) => !own.has(name))].map(
      (context) => ({
        ...context,
        current: context.name === current,
        protected: context.protected ?? false,
      }),
    );
    await printListing(
      cli,
      {
        kind: 'ContextList',
        items,
        names: items.map(({ name }) => name),
        table: () => ({
          columns: ['CURRENT', 'NAME', 'SERVER', 'TOKEN-FILE', 'NOTE'].map((title) => ({ title })),
          rows: items.map((one) => [
            one.current ? '*' : '',
            one.name,
            one.server,
            one.tokenFile ?? '',
            one.protected ? 'protected' : '',
          ]),
        }),
        empty: 'no contexts: `hafleet context add NAME --server URL --token-file FILE` adds one',
      },
      list,
    );
    return 0;
  },
});
