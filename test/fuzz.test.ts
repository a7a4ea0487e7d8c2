import { describe, expect, it } from 'vitest';
import { fuzz, TARGETS } from './support/fuzz/index.ts';
import { createRandom } from './support/random.ts';

/** The slice of `npm run bench -- fuzz` that every test run takes. */
const INPUTS = 20_000;
const { seed } = createRandom();
const shares = TARGETS.reduce((sum, { share }) => sum + share, 0);

describe(`strangers’ words (HAFLEET_SEED=${seed})`, () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s: no foreign command, no crash, no answer without a code',
    async (_name, target) => {
      const inputs = Math.ceil((INPUTS * target.share) / shares);
      const { failures } = await fuzz({ targets: [target], inputs, seed });
      expect(failures).toEqual([]);
    },
    60_000,
  );
});
