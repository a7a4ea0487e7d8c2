import { SEVERITIES, type EventQuery, type FleetEvent } from '../../../api/index.ts';
import type { Cli } from '../../cli.ts';
import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { usageError } from '../../errors.ts';
import { LIST_OPTIONS, type TypedOptions } from '../../options.ts';
import { formatTime, paint, type Line, type Moment } from '../../text/index.ts';

interface EventListOptions {
  readonly query: EventQuery;
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

export const command = defineCommand<EventListOptions>({
  about:
    'The newest first: health of servers, changes, load balancers that come and go, reloads, refusals, drift.',
  options: [
    { flags: '--severity <severity>', text: `these and worse: ${SEVERITIES.join(', ')}` },
    { flags: '--code <code>', text: "of this code, or glob of codes: server-down, 'change-*'" },
    { flags: '--on <set>', text: 'only of these load balancers: lb[1-4], @edge' },
    { flags: '--since <duration>', text: 'not older than this: 10m, 2h, 1d' },
    { flags: '--after <id>', text: 'those before this one, by its number: the next page' },
    { flags: '--limit <number>', text: 'how many (default 20)' },
    ...LIST_OPTIONS,
  ],
  examples: ['hafleet event list', "hafleet event list --severity warning --on 'lb[1-4]' --since 2h"],
  read: (_args, typed, cli) => ({
    query: readQuery(typed, cli),
    columns: typed.text('columns'),
    sort: typed.text('sort'),
  }),
  async run(cli, { query, ...list }) {
    const { api } = await cli.connect();
    const { items, next } = await api.events(query);
    const moment = cli.moment();
    await printListing(
      cli,
      {
        kind: 'EventList',
        items,
        names: items.map(({ id }) => String(id)),
        table: (wide) => ({
          columns: ['EVENT', 'AT', 'SEVERITY', 'WHERE', ...(wide ? ['CODE'] : []), 'WHO', 'WHAT'].map(
            (title) => ({
              title,
            }),
          ),
          rows: items.map((event) => eventRow(event, { moment, wide })),
        }),
        footer: next === undefined ? [] : [`older ones: --after ${next}`],
        empty: 'no such events',
      },
      list,
    );
    return 0;
  },
});

function eventRow(
  event: FleetEvent,
  { moment, wide }: { readonly moment: Moment; readonly wide: boolean },
): Line[] {
  const { id, at, severity, node, instance, code, who = '', message } = event;
  const where = node === undefined ? '' : instance === undefined ? node : `${node}/${instance}`;
  const grade: Line =
    severity === 'info' ? severity : [paint(severity === 'critical' ? 'red' : 'yellow', severity)];
  return [String(id), formatTime(at, moment), grade, where, ...(wide ? [code] : []), who, message];
}

function readQuery(typed: TypedOptions, cli: Pick<Cli, 'world'>): EventQuery {
  const [severity, code, node, since] = [
    typed.text('severity'),
    typed.text('code'),
    typed.text('on'),
    typed.durationMs('since'),
  ];
  const after = typed.text('after');
  return {
    limit: readNumber('limit', typed.text('limit') ?? '20', 1000),
    ...(severity === undefined ? {} : { severity: readSeverity(severity) }),
    ...(code === undefined ? {} : { code }),
    ...(node === undefined ? {} : { node }),
    ...(since === undefined ? {} : { since: Math.max(0, Math.round(cli.world.clock.wallMs() - since)) }),
    ...(after === undefined ? {} : { after: readNumber('after', after, Number.MAX_SAFE_INTEGER) }),
  };
}

function readSeverity(text: string) {
  const severity = SEVERITIES.find((one) => one === text);
  if (severity) return severity;
  throw usageError(`--severity: \`${text}\` is none`, `one of ${SEVERITIES.join(', ')}`);
}

function readNumber(name: string, text: string, most: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number > 0 && number <= most) return number;
  throw usageError(`--${name}: \`${text}\` is not a number from 1 to ${most}`);
}
