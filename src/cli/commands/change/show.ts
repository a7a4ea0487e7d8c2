import type { Change } from '../../../api/index.ts';
import { followChange } from '../../change/follow.ts';
import { renderResult } from '../../change/result.ts';
import { defineCommand } from '../../command.ts';
import { printDocument } from '../../document.ts';
import { formatTime, type Line, type Moment } from '../../text/index.ts';

interface ChangeShowOptions {
  readonly id: string;
  readonly watch: boolean;
}

export const command = defineCommand<ChangeShowOptions>({
  args: [{ syntax: '<change>', text: 'its id: CHG-12' }],
  options: [{ flags: '-w, --watch', text: 'wait until it is settled' }],
  examples: ['hafleet change show CHG-12', 'hafleet change show CHG-12 -w'],
  read: ([id = ''], typed) => ({ id, watch: typed.flag('watch') }),
  async run(cli, { id, watch }) {
    const { api } = await cli.connect();
    const found = await api.change(id);
    const { change, ended } = watch ? await followChange(cli, found) : { change: found, ended: 'settled' };
    const { format } = cli.settings;
    if (format === 'json' || format === 'yaml')
      await printDocument(cli, { kind: 'Change', verdict: change.state, items: [change] });
    else if (format === 'name') cli.out.line(change.id);
    else
      cli.out.lines([
        ...describeChange(change, cli.moment()),
        ...renderResult(change, { moment: cli.moment() }),
      ]);
    return ended === 'interrupted' ? 130 : ended === 'timed-out' ? 124 : 0;
  },
});

function describeChange(change: Change, moment: Moment): Line[] {
  const {
    id,
    kind,
    targets,
    on,
    exclude,
    instance,
    who,
    why,
    ticket,
    at,
    until,
    state,
    step,
    undoes,
    undoneBy,
  } = change;
  const scope = [
    on === '*' ? 'on all load balancers' : `on ${on}`,
    ...(exclude === undefined ? [] : [`but ${exclude}`]),
    ...(instance === undefined ? [] : [`instance ${instance}`]),
  ];
  const lines: (readonly [title: string, text: string])[] = [
    ['Change', `${id} ${kind} ${targets.join(', ')} ${scope.join(' ')}`],
    [
      'By',
      `${who}${why === '' ? '' : ` "${why}"`}${ticket === undefined ? '' : `, ${ticket}`}, ${formatTime(at, moment)}`,
    ],
    ['State', step === '' || step === state ? state : `${state}: ${step}`],
    ['Until', until === undefined ? '' : formatTime(until, moment)],
    ['Guards', change.overridden.length === 0 ? '' : `${change.overridden.join(', ')} overridden`],
    ['Undoes', undoes ?? ''],
    ['Undone', undoneBy === undefined ? '' : `by ${undoneBy}`],
    ['Took over', change.replaces.join(', ')],
  ];
  return lines.filter(([, text]) => text !== '').map(([title, text]): Line => [title.padEnd(11), text]);
}
