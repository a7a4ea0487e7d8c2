export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** 0…1, given so that the pure part has no dice of its own. */
  readonly random?: () => number;
}

/** Full-jitter exponential back-off: each `next()` is between half the step and the step. */
export interface Backoff {
  next(): number;
  reset(): void;
}

export function createBackoff({ firstMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let step = firstMs;
  return {
    next() {
      const current = step;
      step = Math.min(maxMs, step * 2);
      return current / 2 + (random() * current) / 2;
    },
    reset() {
      step = firstMs;
    },
  };
}
