import { compareNatural } from '../../../lib/index.ts';
import { foldNodeSet } from '../../../model/index.ts';
import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { LIST_OPTIONS, SCOPE_OPTIONS } from '../../options.ts';
import { statusItems } from '../../status/items.ts';
import type { FarmReport } from '../../status/judge.ts';
import { readStatus, readStatusScope, type StatusScope } from '../../status/read.ts';
import type { Line, Table } from '../../text/index.ts';

interface BackendListOptions {
  readonly scope: StatusScope;
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

export const command = defineCommand<BackendListOptions>({
  args: [{ syntax: '[backend...]', text: 'backends; globs of them' }],
  options: [...SCOPE_OPTIONS, ...LIST_OPTIONS],
  examples: ['hafleet backend list', 'hafleet backend list --on lb1 --sort usable'],
  onSocket: true,
  read: (args, typed) => ({
    scope: readStatusScope(
      args.map((backend) => `${backend}/*`),
      typed,
    ),
    columns: typed.text('columns'),
    sort: typed.text('sort'),
  }),
  async run(cli, { scope, ...list }) {
    const { answer, report } = await readStatus(cli, scope);
    const farms = report.farms.toSorted((a, b) => compareNatural(a.name, b.name));
    await printListing(
      cli,
      {
        kind: 'BackendList',
        items: statusItems(answer, report),
        names: farms.map(({ farm }) => farm.backend),
        table: () => backendTable(farms),
        empty: 'no backends',
      },
      list,
    );
    return 0;
  },
});

function backendTable(farms: readonly FarmReport[]): Table {
  return {
    columns: [
      { title: 'BACKEND' },
      { title: 'VERDICT' },
      { title: 'USABLE', align: 'right' },
      { title: 'FLOOR', align: 'right' },
      { title: 'SERVERS', align: 'right' },
      { title: 'ON' },
    ],
    rows: farms.map(({ name, verdict, worst, floor, farm, places }): Line[] => [
      name,
      verdict,
      worst ? `${worst.usable}/${worst.total}` : '?',
      floor,
      String(farm.servers.length),
      foldNodeSet(places.map(({ node }) => node)),
    ]),
  };
}
