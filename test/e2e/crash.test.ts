import { describe, expect, it } from 'vitest';
import { crashFleet, runCrashes } from '../support/crash/rounds.ts';
import { fleetsOfThisFile, oldestAndNewest } from '../support/fleet-facts.ts';
import { createRandom } from '../support/random.ts';

const start = fleetsOfThisFile();

describe('a fleet whose server, agents and HAProxy are killed at random', () => {
  it('agrees with what was acknowledged after a hundred kills', async () => {
    const random = createRandom();
    const trace: string[] = [];
    const fleet = await start(crashFleet(oldestAndNewest()));
    const result = await runCrashes({
      fleet,
      random,
      rounds: 100,
      checkEvery: 25,
      recoverWithinMs: 20_000,
      note: (text) => trace.push(text),
    }).catch((thrown: unknown) => {
      console.log(`HAFLEET_SEED=${random.seed}\n${trace.join('\n')}`);
      throw thrown;
    });
    expect(result.rounds).toBe(100);
    expect(result.acknowledged).toBeGreaterThan(20);
    console.log(`seed ${random.seed}: ${JSON.stringify(result)}`);
  });
});
