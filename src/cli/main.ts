import { VERSION } from './version.ts';

/**
 * The whole program: takes what was typed after `hafleet`, answers with what to exit with. Never throws.
 * Version and help come first, and load nothing else: people wait for them most often.
 */
export async function main(argv: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`hafleet ${VERSION}\n`);
    return 0;
  }
  if (argv.length === 0 || (argv.length === 1 && ['--help', '-h', 'help'].includes(argv[0] ?? ''))) {
    const { topHelp } = await import('./help/render.ts');
    process.stdout.write(topHelp());
    return 0;
  }
  const [{ runCli }, { processWorld }] = await Promise.all([import('./run.ts'), import('./world.ts')]);
  return runCli(argv, processWorld());
}

/** `hafleet status | head` is no error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}
