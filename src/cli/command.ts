import { EXIT } from '../api/index.ts';
import type { Cli } from './cli.ts';
import type { OptionSpec, TypedOptions } from './options.ts';

/** An argument in commander's spelling: `<target...>`, `[weight]`. */
export interface ArgumentSpec {
  readonly syntax: string;
  readonly text: string;
}

/** One verb. `read` turns what was typed into a struct and touches nothing; `run` does the work with that struct. */
export interface CommandSpec<Options> {
  /** More than the summary of the tree says, where it is needed. One paragraph. */
  readonly about?: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** At least two: the help leads with them. */
  readonly examples: readonly [string, string, ...string[]];
  /** Under --socket too. The others say that they need a control server. */
  readonly onSocket?: true;
  /** What it exits with for wrong usage, where that is not 64. */
  readonly usageExit?: number;
  /** @throws CliError with exit 64. */
  read(args: readonly string[], typed: TypedOptions, cli: Cli): Options;
  /** What the program exits with. */
  run(cli: Cli, options: Options): Promise<number>;
}

/** A command whose struct is its own business. */
export interface Command {
  readonly about?: string;
  readonly args: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  readonly onSocket: boolean;
  readonly usageExit: number;
  /** What was typed, as a struct that only the command understands. @throws CliError with exit 64. */
  read(args: readonly string[], typed: TypedOptions, cli: Cli): unknown;
  execute(cli: Cli, args: readonly string[], typed: TypedOptions): Promise<number>;
}

export function defineCommand<Options>(spec: CommandSpec<Options>): Command {
  return {
    args: spec.args ?? [],
    options: spec.options ?? [],
    examples: spec.examples,
    onSocket: spec.onSocket ?? false,
    usageExit: spec.usageExit ?? EXIT.usage,
    ...(spec.about === undefined ? {} : { about: spec.about }),
    read: (args, typed, cli) => spec.read(args, typed, cli),
    async execute(cli, args, typed) {
      return spec.run(cli, spec.read(args, typed, cli));
    },
  };
}
