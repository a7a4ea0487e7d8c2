import { EXIT } from '../../../api/index.ts';
import { finishChange } from '../../change/run.ts';
import { defineCommand } from '../../command.ts';
import { confirm } from '../../confirm.ts';

interface RetryOptions {
  readonly id: string;
  readonly yes: boolean;
  readonly wait: boolean;
}

export const command = defineCommand<RetryOptions>({
  about: 'Where a change is done it stays done; only the nodes that failed or are pending are tried again.',
  args: [{ syntax: '<change>', text: 'its id: CHG-12' }],
  options: [
    { flags: '-y, --yes', text: 'do not ask' },
    { flags: '--no-wait', text: 'do not wait for the change to settle' },
  ],
  examples: ['hafleet change retry CHG-12', 'hafleet change retry CHG-12 --yes'],
  read: ([id = ''], typed) => ({ id, yes: typed.flag('yes'), wait: !typed.negated('wait') }),
  async run(cli, { id, yes, wait }) {
    const { api, name } = await cli.connect();
    const found = await api.change(id);
    const open = found.results.filter(({ result }) => result !== 'done' && result !== 'skipped').length;
    cli.err.line(
      `Scope   ${found.id} ${found.kind} ${found.targets.join(', ')}: ${open} instance${open === 1 ? '' : 's'} not done, context ${name}`,
    );
    if (!(await confirm(cli, yes, 'Try them again?'))) return EXIT.failed;
    const { change, plan } = await api.retryChange(id);
    return finishChange(cli, { change, plan, wait });
  },
});
