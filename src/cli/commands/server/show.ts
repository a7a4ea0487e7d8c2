import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { SCOPE_OPTIONS } from '../../options.ts';
import { statusItems } from '../../status/items.ts';
import { renderPlainCells } from '../../status/plain.ts';
import { readStatus, readStatusScope, type StatusScope } from '../../status/read.ts';
import { serverTable } from '../../status/server-table.ts';
import { showNotes } from '../../status/show-notes.ts';

export const command = defineCommand<StatusScope>({
  args: [{ syntax: '<target>', text: 'server or backend/server; globs and ranges of them' }],
  options: [...SCOPE_OPTIONS],
  examples: ['hafleet server show web/web3', 'hafleet server show web3 -o json'],
  onSocket: true,
  read: (args, typed) => readStatusScope(args, typed),
  async run(cli, scope) {
    const { answer, report } = await readStatus(cli, scope);
    const names = report.farms.flatMap(({ farm }) =>
      farm.servers.map(({ name }) => `${farm.backend}/${name}`),
    );
    await printListing(cli, {
      kind: 'Server',
      verdict: report.verdict,
      items: statusItems(answer, report),
      names,
      table: (wide: boolean) => serverTable(answer, report, cli.out.glyphs, wide),
      plain: () => renderPlainCells(answer, report),
      footer: showNotes(answer, report),
    });
    return 0;
  },
});
