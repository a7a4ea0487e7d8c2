import { appendFileSync } from 'node:fs';
import { startFleet, testedVersions } from '../dev/index.ts';
import { type CrashResult, crashFleet, runCrashes } from '../test/support/crash/rounds.ts';
import { createRandom } from '../test/support/random.ts';
import { quantile } from './support/numbers.ts';
import { note, printResult } from './support/result.ts';

// Kills server, agents and HAProxy with SIGKILL at random moments while intents change, and measures how long after the last kill
// every HAProxy is as was acknowledged. One argument: the number of kills.

const ROUNDS = Number(process.argv[2] ?? 1_000);
const CHECK_EVERY = 25;
/** Nothing else does this, so there is no baseline; this is the bar. Gates of up to 1.5 s are part of it. */
const RECOVER_WITHIN_MS = 15_000;

function report({ recoveries, kills, ...counts }: CrashResult, seed: number): void {
  const slowest = Math.max(...recoveries);
  printResult({
    bench: 'crash',
    ours: slowest,
    baseline: null,
    unit: 'ms',
    // A single one would have ended the run.
    more: { ...counts, lost: 0, median: quantile(recoveries, 0.5), looks: recoveries.length, kills, seed },
    bars: [
      { what: 'slowest recovery', value: slowest, atMost: RECOVER_WITHIN_MS },
      { what: 'lost', value: 0, atMost: 0 },
    ],
  });
}

if (!Number.isSafeInteger(ROUNDS) || ROUNDS < 1) throw new Error('crash: how many rounds?');
const random = createRandom();
note(`HAFLEET_SEED=${random.seed}, ${ROUNDS} rounds`);
const fleet = await startFleet(crashFleet(testedVersions()));
const trace = `${fleet.sandbox.folder}/trace.log`;
try {
  const result = await runCrashes({
    fleet,
    random,
    rounds: ROUNDS,
    checkEvery: CHECK_EVERY,
    recoverWithinMs: 60_000,
    note: (text) => {
      appendFileSync(trace, `${text}\n`);
      if (text.startsWith('agreed')) note(text);
    },
  });
  report(result, random.seed);
} catch (thrown) {
  note(`failed with HAFLEET_SEED=${random.seed}; HAFLEET_KEEP=1 keeps ${trace} and every log`);
  throw thrown;
} finally {
  await fleet.close();
}
