import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { errorText } from '../src/lib/index.ts';
import { countWritten, farewell } from './demo/belongings.ts';
import { type Paper, createPaper } from './demo/paper.ts';
import { type Outcome, play } from './demo/play.ts';
import { STORIES } from './demo/stories.ts';
import type { Story } from './demo/story.ts';
import { type Sandbox, createSandbox, howToUse } from './index.ts';

// `npm run demo [-- STORY] [-- --stay]`: plays a story on a fleet of real HAProxy, ends all it started, and ends with one JSON line.
// Exit 0 when all went as told and no request failed, else 1; 64 for wrong usage, 130 for Ctrl-C.

function readWords(): { story: Story; stay: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: { stay: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [name = STORIES[0]?.name, ...more] = positionals;
    const story = STORIES.find((one) => one.name === name);
    if (story && more.length === 0) return { story, stay: values.stay };
    console.error(`demo: there is no story "${positionals.join(' ')}"`);
  } catch (error) {
    console.error(`demo: ${errorText(error)}`);
  }
  return undefined;
}

function printUsage(): void {
  console.error('\nusage: npm run demo [-- STORY] [--stay]\n');
  for (const { name, summary } of STORIES) console.error(`  ${name.padEnd(11)}${summary}`);
  console.error('\n  --stay     keeps the fleet up afterwards, until Ctrl-C');
}

/** Resolves at the first Ctrl-C; the later ones, which npm passes on too, must not cut the clean-up short. */
function untilStopped(): Promise<'stopped'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve('stopped'));
  });
}

function stayUp({ fleet, binFolder, reason }: Outcome, story: Story, paper: Paper): boolean {
  if (!fleet || binFolder === undefined) return false;
  paper.title(
    reason === undefined ? 'The fleet stays up until Ctrl-C' : `Failed (${reason}); the fleet stays up`,
  );
  paper.lines(howToUse(fleet, binFolder, story.anyServer));
  return true;
}

interface Ended {
  readonly outcome: Outcome;
  /** What is left of all that was started, in words. */
  readonly left: string | undefined;
}

/** Ends all that was started, also in the middle of a story, and tells what it was. */
async function end(sandbox: Sandbox, played: Promise<Outcome>, paper: Paper): Promise<Ended> {
  const written = countWritten(sandbox);
  await sandbox.close();
  const outcome = await Promise.race([played, sleep(1_000, BROKEN_OFF)]);
  const { lines, left } = farewell(sandbox, written, outcome.fleet);
  paper.title('What this demo started, wrote and removed');
  paper.lines(lines);
  return { outcome, left };
}

const BROKEN_OFF: Outcome = {
  counts: { requests: 0, failed: 0, reasons: {} },
  reason: 'stopped by a signal',
};

/** Gives the exit code. */
function printResult({ outcome: { counts, reason }, left }: Ended, isStopped: boolean): number {
  // What a closing fleet makes of a story that was broken off is no result.
  const why = isStopped ? BROKEN_OFF.reason : (reason ?? left);
  const { requests, failed } = counts;
  const demo = why === undefined ? 'ok' : 'failed';
  paper.lines([JSON.stringify({ demo, requests, failed, ...(why !== undefined && { reason: why }) })]);
  if (isStopped) return 130;
  return why === undefined ? 0 : 1;
}

const words = readWords();
if (!words) {
  printUsage();
  process.exit(64);
}
const { story, stay } = words;
const paper = createPaper(process.stdout);
const stopped = untilStopped();
const sandbox = await createSandbox();
const played = play(story, sandbox, paper);
const first = await Promise.race([played, stopped]);
if (first !== 'stopped' && stay && stayUp(first, story, paper)) await stopped;
const ended = await end(sandbox, played, paper);
process.exit(printResult(ended, first === 'stopped'));
