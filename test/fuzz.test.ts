import { describe, expect, it } from 'vitest';
import { fuzz, TARGETS } from './support/fuzz/index.ts';
import { commandWords } from './support/fuzz/commands.ts';
import { broken, target } from './support/fuzz/target.ts';
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

describe('the fuzzer itself', () => {
  const naive = target<string[]>({
    name: 'a naive encoder',
    share: 1,
    make: commandWords,
    check: (words) => void (words.some((word) => word.includes(';')) && broken('a second command')),
  });

  it('tells a broken rule with the smallest input that breaks it', async () => {
    const { failures } = await fuzz({ targets: [naive], inputs: 500, seed: 1 });
    expect(failures[0]).toEqual({ target: naive.name, input: '[";"]', problem: 'a second command' });
  });

  it('makes the same inputs of the same seed', async () => {
    const inputsOf = async (from: number) => {
      const seen: string[] = [];
      const spy = { ...naive, check: (input: unknown) => void seen.push(JSON.stringify(input)) };
      await fuzz({ targets: [spy], inputs: 50, seed: from });
      return seen;
    };
    expect(await inputsOf(3)).toEqual(await inputsOf(3));
    expect(await inputsOf(3)).not.toEqual(await inputsOf(4));
  });
});
