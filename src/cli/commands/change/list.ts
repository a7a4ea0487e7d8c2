import type { Change } from '../../../api/index.ts';
import { foldRefs } from '../../change/scope.ts';
import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { usageError } from '../../errors.ts';
import { LIST_OPTIONS } from '../../options.ts';
import { formatTime, type Line, type Moment } from '../../text/index.ts';

interface ChangeListOptions {
  readonly active: boolean;
  readonly limit: number;
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

export const command = defineCommand<ChangeListOptions>({
  options: [
    { flags: '--active', text: 'only those that still hold something' },
    { flags: '--limit <number>', text: 'how many (default 20)' },
    ...LIST_OPTIONS,
  ],
  examples: ['hafleet change list', 'hafleet change list --active -o json'],
  read: (_args, typed) => ({
    active: typed.flag('active'),
    limit: readLimit(typed.text('limit')),
    columns: typed.text('columns'),
    sort: typed.text('sort'),
  }),
  async run(cli, { active, limit, ...list }) {
    const { api } = await cli.connect();
    const { items, next } = await api.changes({ limit, ...(active ? { active } : {}) });
    const moment = cli.moment();
    await printListing(
      cli,
      {
        kind: 'ChangeList',
        items,
        names: items.map(({ id }) => id),
        table: () => ({
          columns: ['CHANGE', 'AT', 'WHAT', 'STATE', 'WHO', 'WHY', 'UNTIL'].map((title) => ({ title })),
          rows: items.map((change) => changeRow(change, moment)),
        }),
        footer: next === undefined ? [] : [`older ones: --limit ${limit * 5}`],
        empty: active ? 'no change holds anything' : 'no changes yet',
      },
      list,
    );
    return 0;
  },
});

function changeRow(change: Change, moment: Moment): Line[] {
  const { id, at, kind, state, who, why, ticket, until, overdue, active, servers, targets } = change;
  const what = servers.length === 0 ? targets.join(', ') : foldRefs(servers).replaceAll('*/', '');
  return [
    id,
    formatTime(at, moment),
    `${kind} ${what}`,
    active && state === 'done' ? 'holds' : state,
    who,
    [why, ticket ?? ''].filter((text) => text !== '').join(', '),
    until === undefined ? '' : `${formatTime(until, moment)}${overdue === true ? ' overdue' : ''}`,
  ];
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return 20;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit > 0) return limit;
  throw usageError(`--limit: \`${text}\` is not a number from 1 to 9999`);
}
