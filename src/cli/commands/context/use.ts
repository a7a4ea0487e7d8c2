import { readContextFile, writeContextFile } from '../../config/context-file.ts';
import { SYSTEM_CONFIG, userConfigPath } from '../../config/index.ts';
import { defineCommand } from '../../command.ts';
import { usageError } from '../../errors.ts';
import { nearMisses } from '../../../model/index.ts';

export const command = defineCommand<{ readonly name: string }>({
  args: [{ syntax: '<name>', text: 'name of the context' }],
  examples: ['hafleet context use prod', 'hafleet context use staging'],
  read: ([name = '']) => ({ name }),
  async run(cli, { name }) {
    const path = userConfigPath(cli.world.env);
    const user = await readContextFile(path);
    const known = [...user.contexts, ...(await readContextFile(SYSTEM_CONFIG)).contexts].map(
      (one) => one.name,
    );
    if (!known.includes(name)) {
      const near = nearMisses(name, known);
      throw usageError(
        `there is no context \`${name}\``,
        near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`hafleet context list` shows them',
      );
    }
    await writeContextFile(path, { ...user, current: name });
    cli.out.line(`${name} is the current context`);
    return 0;
  },
});
