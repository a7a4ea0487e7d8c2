import type { Random } from '../random.ts';

/** One part of the product that takes what strangers write, and the rule it has to keep. */
export interface Target {
  readonly name: string;
  /** Of a thousand inputs this many. What is cheap gets most. */
  readonly share: number;
  /** How many inputs may be on their way at once; 1 where checking is no waiting. */
  readonly width: number;
  /** Its inputs are told as they were: a smaller one is no input of its kind. */
  readonly isExact: boolean;
  make(random: Random): unknown;
  /** Throws, or rejects, when the rule is broken. `input` is one that {@link make} made, or a smaller one of its shape. */
  check(input: unknown): void | Promise<void>;
  /** After the last input: is everybody who should be still there? */
  close(): Promise<void>;
}

export interface TargetSpec<Input> {
  readonly name: string;
  readonly share: number;
  readonly width?: number;
  readonly isExact?: boolean;
  make(random: Random): Input;
  check(input: Input): void | Promise<void>;
  close?(): Promise<void>;
}

export function target<Input>(spec: TargetSpec<Input>): Target {
  return {
    name: spec.name,
    share: spec.share,
    width: spec.width ?? 1,
    isExact: spec.isExact ?? false,
    make: (random) => spec.make(random),
    check: (input) => spec.check(input as Input),
    close: () => spec.close?.() ?? Promise.resolve(),
  };
}

/** Breaks the target's rule. */
export function broken(text: string): never {
  throw new Error(text);
}

/** Whatever `work` gives, or undefined where it refused as it may: with an error that `isKnown` accepts. */
export function orRefusal<T>(work: () => T, isKnown: (thrown: unknown) => boolean): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (isKnown(thrown)) return undefined;
    throw thrown;
  }
}
