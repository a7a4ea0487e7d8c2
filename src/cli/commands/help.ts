import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { commandHelp, nounHelp, topHelp } from '../help/render.ts';
import { findTopic } from '../help/topics.ts';
import { nearMisses } from '../../model/index.ts';
import { NOUNS, TREE } from './tree.ts';

export const command = defineCommand<{ readonly words: readonly string[] }>({
  args: [{ syntax: '[words...]', text: 'a command, or a topic: exit-codes, environment, node-sets' }],
  examples: ['hafleet help server drain', 'hafleet help exit-codes'],
  onSocket: true,
  read: (words) => ({ words }),
  async run(cli, { words }) {
    cli.out.raw(await helpText(words.join(' ')));
    return 0;
  },
});

async function helpText(asked: string): Promise<string> {
  if (asked === '') return topHelp();
  const topic = findTopic(asked);
  if (topic !== undefined) return topic;
  const entry = TREE.find(({ path }) => path === asked);
  if (entry) return commandHelp(entry, (await entry.load()).command);
  if (Object.hasOwn(NOUNS, asked)) return nounHelp(asked);
  const near = nearMisses(asked, [
    ...TREE.map(({ path }) => path),
    ...Object.keys(NOUNS),
    'exit-codes',
    'environment',
    'node-sets',
  ]);
  throw usageError(
    `there is no help on \`${asked}\``,
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`hafleet help` lists everything',
  );
}
