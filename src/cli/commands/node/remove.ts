import { defineCommand } from '../../command.ts';
import { confirm, sayDryRun } from '../../confirm.ts';

interface NodeRemoveOptions {
  readonly name: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const command = defineCommand<NodeRemoveOptions>({
  about:
    'Its credential ends and it counts no more. HAProxy there is not touched and keeps the state it has.',
  args: [{ syntax: '<node>', text: 'name of the load balancer' }],
  options: [
    { flags: '-n, --dry-run', text: 'show what would change, and change nothing' },
    { flags: '-y, --yes', text: 'do not ask' },
  ],
  examples: ['hafleet node remove lb9', 'hafleet node remove lb9 --yes'],
  read: ([name = ''], typed) => ({ name, yes: typed.flag('yes'), dryRun: typed.flag('dry-run') }),
  async run(cli, { name, yes, dryRun }) {
    const { api, name: context } = await cli.connect();
    const node = await api.node(name);
    const state = node.connected ? 'still connected' : 'away';
    (dryRun ? cli.out : cli.err).line(
      `Scope   ${node.name} (${state}, ${node.instances.length} instances), context ${context}`,
    );
    if (dryRun) return sayDryRun(cli);
    if (!(await confirm(cli, yes, `Forget ${node.name}?`))) return 1;
    await api.removeNode(node.name);
    cli.out.line(`${node.name} is forgotten; HAProxy there runs on as it is`);
    return 0;
  },
});
