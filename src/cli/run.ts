import { CommanderError } from 'commander';
import { EXIT } from '../api/index.ts';
import { createCli } from './cli.ts';
import { CliError, describeError, exitCodeOf, usageError } from './errors.ts';
import { createOutput } from './output.ts';
import { buildProgram, type Asked } from './program.ts';
import { readSettings } from './settings.ts';
import type { World } from './world.ts';

/** The program in a world of the caller's: takes what was typed, answers with what to exit with. Never throws. */
export async function runCli(argv: readonly string[], world: World): Promise<number> {
  const onHelp = (text: string) => world.stdout.write(text);
  let exit: number = EXIT.done;
  const onCommand = async (asked: Asked) => {
    exit = await runCommand(asked, world);
  };
  try {
    await buildProgram({ onCommand, onHelp }).parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.code === 'commander.helpDisplayed') return EXIT.done;
    const exit = reportError(readable(thrown), world);
    return exit === EXIT.usage ? usageExitOf(argv) : exit;
  }
}

/** What did not even parse may have been meant for a command with exit codes of its own. */
function usageExitOf(argv: readonly string[]): number {
  return argv.includes('milkcheck') ? 9 : EXIT.usage;
}

async function runCommand({ entry, command, args, typed }: Asked, world: World): Promise<number> {
  const debug = typed.flag('debug');
  try {
    const cli = createCli(world, readSettings(typed, world.env));
    if (cli.settings.socket !== undefined && !command.onSocket)
      throw usageError(
        `\`hafleet ${entry.path}\` needs a control server; it does not work with --socket`,
        'leave out --socket; `hafleet context list` shows the known control servers',
      );
    try {
      return await command.execute(cli, args, typed);
    } finally {
      cli.out.clearLive();
      cli.err.clearLive();
      await cli.close();
    }
  } catch (thrown) {
    const exit = reportError(thrown, world, debug || world.env['HAFLEET_DEBUG'] === '1');
    return exit === EXIT.usage ? command.usageExit : exit;
  }
}

function reportError(thrown: unknown, world: World, debug = false): number {
  createOutput(world.stderr, world.env, undefined).lines(describeError(thrown, debug));
  return exitCodeOf(thrown);
}

/** Commander's sentences as ours: what failed, then what was probably meant. */
function readable(thrown: unknown): unknown {
  if (!(thrown instanceof CommanderError)) return thrown;
  if (thrown.code === 'commander.help')
    return usageError('a command is missing', 'hafleet --help lists them');
  const [first = '', second] = thrown.message.split('\n');
  const hint = second?.replace(/^\((.*)\)$/, '$1') ?? '`--help` after the command shows how it is used';
  return new CliError(EXIT.usage, first.replace(/^error: /, ''), { hint });
}
