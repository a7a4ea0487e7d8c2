import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { SCOPE_OPTIONS } from '../../options.ts';
import { statusItems } from '../../status/items.ts';
import { renderPlainCells } from '../../status/plain.ts';
import { readStatus, readStatusScope, type StatusScope } from '../../status/read.ts';
import { serverTable } from '../../status/server-table.ts';
import { showNotes } from '../../status/show-notes.ts';

export const command = defineCommand<StatusScope>({
  args: [{ syntax: '<backend>', text: 'the backend' }],
  options: [...SCOPE_OPTIONS],
  examples: ['hafleet backend show web', 'hafleet backend show web --on lb3 -o json'],
  onSocket: true,
  read: ([backend = ''], typed) => readStatusScope([`${backend}/*`], typed),
  async run(cli, scope) {
    const { answer, report } = await readStatus(cli, scope);
    await printListing(cli, {
      kind: 'Backend',
      verdict: report.verdict,
      items: statusItems(answer, report),
      names: report.farms.map(({ farm }) => farm.backend),
      table: (wide: boolean) => serverTable(answer, report, cli.out.glyphs, wide),
      plain: () => renderPlainCells(answer, report),
      footer: showNotes(answer, report),
    });
    return 0;
  },
});
