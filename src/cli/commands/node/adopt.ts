import type { WireIntent } from '../../../api/index.ts';
import type { Cli } from '../../cli.ts';
import { defineCommand } from '../../command.ts';
import { confirm, sayDryRun } from '../../confirm.ts';
import { intentText } from '../../store/intent-text.ts';

interface NodeAdoptOptions {
  readonly name: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const command = defineCommand<NodeAdoptOptions>({
  about:
    'For a node that was away when the fleet was recovered: it keeps what it held until somebody looks. Shows what would ' +
    'end and begin on it, asks, and takes it back into the fleet.',
  args: [{ syntax: '<node>', text: 'name of the load balancer' }],
  options: [
    { flags: '-n, --dry-run', text: 'show what would change, and change nothing' },
    { flags: '-y, --yes', text: 'do not ask' },
  ],
  examples: ['hafleet node adopt lb9 --dry-run', 'hafleet node adopt lb9 --yes'],
  read: ([name = ''], typed) => ({ name, yes: typed.flag('yes'), dryRun: typed.flag('dry-run') }),
  async run(cli, { name, yes, dryRun }) {
    const { api, name: context } = await cli.connect();
    const preview = await api.adoptNode(name, { dryRun: true });
    const out = dryRun ? cli.out : cli.err;
    out.line(`Scope   ${preview.node.name}, context ${context}`);
    sayIntents(out, 'Ends  ', preview.ends);
    sayIntents(out, 'Begins', preview.begins);
    if (dryRun) return sayDryRun(cli);
    if (!(await confirm(cli, yes, `Adopt ${preview.node.name}?`))) return 1;
    await api.adoptNode(name, { dryRun: false });
    cli.out.line(`${preview.node.name} is adopted`);
    return 0;
  },
});

function sayIntents(out: Cli['out'], title: string, intents: readonly WireIntent[]): void {
  if (intents.length === 0) out.line(`${title}  nothing`);
  for (const intent of intents) out.line(`${title}  ${intentText(intent)}`);
}
