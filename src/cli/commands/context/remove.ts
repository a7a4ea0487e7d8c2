import { readContextFile, writeContextFile } from '../../config/context-file.ts';
import { dropContext, userConfigPath } from '../../config/index.ts';
import { defineCommand } from '../../command.ts';
import { usageError } from '../../errors.ts';

export const command = defineCommand<{ readonly name: string }>({
  about: 'Only the entry goes; the token file and the server stay.',
  args: [{ syntax: '<name>', text: 'name of the context' }],
  examples: ['hafleet context remove lab', 'hafleet context remove old-prod'],
  read: ([name = '']) => ({ name }),
  async run(cli, { name }) {
    const path = userConfigPath(cli.world.env);
    const file = await readContextFile(path);
    if (!file.contexts.some((one) => one.name === name))
      throw usageError(`there is no context \`${name}\` in ${path}`, '`hafleet context list` shows them');
    await writeContextFile(path, dropContext(file, name));
    cli.out.line(`${name} is forgotten`);
    return 0;
  },
});
