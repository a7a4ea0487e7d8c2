import { createInterface } from 'node:readline';
import { EXIT } from '../api/index.ts';
import type { Cli } from './cli.ts';
import { CliError, Interrupted } from './errors.ts';
import { printLine, type Line } from './text/index.ts';

/**
 * Asks on the terminal, default No. `yes` answers for the person. Where nobody can answer it refuses, so that a script
 * never hangs and never does what nobody agreed to.
 * @throws CliError (64) without a terminal, Interrupted at Ctrl-C.
 */
export async function confirm(cli: Cli, yes: boolean, question: Line = 'Proceed?'): Promise<boolean> {
  if (yes) return true;
  if (cli.world.stdin.isTTY !== true || !cli.err.isTty)
    throw new CliError(EXIT.usage, 'nobody can be asked: this is no terminal', {
      hint: 'add --yes to go on without a question, or --dry-run to look only',
    });
  return /^y(es)?$/i.test((await askLine(cli, `${printLine(question)} [y/N] `)).trim());
}

/** The end of every dry run. Answers with the exit code. */
export function sayDryRun(cli: Cli): number {
  cli.out.line('dry run: nothing was changed');
  return EXIT.done;
}

function askLine(cli: Cli, prompt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    cli.err.raw(prompt);
    const reader = createInterface({ input: cli.world.stdin, terminal: false });
    const stop = cli.world.onSignal(() => {
      reader.close();
    });
    let answer: string | undefined;
    reader.once('line', (line) => {
      answer = line;
      reader.close();
    });
    reader.once('close', () => {
      stop();
      if (answer !== undefined) resolve(answer);
      else reject(new Interrupted('interrupted; nothing was changed'));
    });
  });
}
