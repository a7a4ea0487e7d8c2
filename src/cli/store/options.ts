import type { Cli } from '../cli.ts';
import { userDataFolder } from '../config/index.ts';
import type { OptionSpec, TypedOptions } from '../options.ts';

/** The commands of `store` work on the store's own machine, on its files. */
export const DATA_OPTION: OptionSpec = {
  flags: '--data <dir>',
  text: 'data folder of the hafleet server (default: $XDG_DATA_HOME/hafleet)',
};

export function readDataFolder(typed: TypedOptions, cli: Cli): string {
  return typed.text('data') ?? userDataFolder(cli.world.env);
}
