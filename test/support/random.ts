/** The same numbers for the same seed: a walk that failed can be walked again. */
export interface Random {
  readonly seed: number;
  /** From 0 to `below` - 1. */
  whole(below: number): number;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32; the seed comes from `HAFLEET_SEED` where that is set. */
export function createRandom(seed = Number(process.env['HAFLEET_SEED'] ?? Date.now() % 1_000_000)): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const whole = (below: number) => Math.floor(next() * below);
  return {
    seed,
    whole,
    pick(from) {
      const one = from[whole(from.length)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
  };
}
