import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { LIST_OPTIONS, SCOPE_OPTIONS } from '../../options.ts';
import { statusItems } from '../../status/items.ts';
import { renderPlainCells } from '../../status/plain.ts';
import { readStatus, readStatusScope, type StatusScope } from '../../status/read.ts';
import { serverTable } from '../../status/server-table.ts';

interface ServerListOptions {
  readonly scope: StatusScope;
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

export const command = defineCommand<ServerListOptions>({
  args: [{ syntax: '[target...]', text: 'backend, server or backend/server; globs and ranges of them' }],
  options: [...SCOPE_OPTIONS, ...LIST_OPTIONS],
  examples: ['hafleet server list', "hafleet server list 'web/*' --on lb3 --sort state"],
  onSocket: true,
  read: (args, typed) => ({
    scope: readStatusScope(args, typed),
    columns: typed.text('columns'),
    sort: typed.text('sort'),
  }),
  async run(cli, { scope, ...list }) {
    const { answer, report } = await readStatus(cli, scope);
    const names = report.farms.flatMap(({ farm }) =>
      farm.servers.map(({ name }) => `${farm.backend}/${name}`),
    );
    const table = (wide: boolean) => serverTable(answer, report, cli.out.glyphs, wide);
    const items = statusItems(answer, report);
    const plain = () => renderPlainCells(answer, report);
    await printListing(cli, { kind: 'ServerList', items, names, table, plain, empty: 'no servers' }, list);
    return 0;
  },
});
