import { Command as Commander, Option } from 'commander';
import type { Command } from './command.ts';
import { NOUNS, TREE, type TreeEntry } from './commands/tree.ts';
import { commandHelp, nounHelp, topHelp } from './help/render.ts';
import { GLOBAL_OPTIONS, TypedOptions, type OptionSpec } from './options.ts';

/** What somebody asked for, when it parses. */
export interface Asked {
  readonly entry: TreeEntry;
  readonly command: Command;
  readonly args: readonly string[];
  readonly typed: TypedOptions;
}

export interface ProgramOptions {
  onCommand(asked: Asked): Promise<void>;
  /** Help that was asked for. */
  onHelp(text: string): void;
}

/** The tree as commander sees it. A verb's options and arguments are added when that verb is about to be parsed. */
export function buildProgram(options: ProgramOptions): Commander {
  const program = prepare(new Commander('hafleet'), topHelp, options);
  const nouns = new Map<string, Commander>();
  for (const entry of TREE) {
    const [first = '', verb] = entry.path.split(' ');
    const parent = verb === undefined ? program : noun(program, nouns, first, options);
    loadLater(parent.command(verb ?? first), entry, options);
  }
  return program;
}

function noun(
  program: Commander,
  nouns: Map<string, Commander>,
  name: string,
  options: ProgramOptions,
): Commander {
  const known = nouns.get(name);
  if (known) return known;
  const leaf = program.commands.find((command) => command.name() === name);
  // `agent` runs one, and `agent prepare` is something else: what follows decides.
  if (leaf) return withVerbs(leaf, nouns);
  const made = prepare(program.command(name), () => nounHelp(name), options);
  made.summary(NOUNS[name] ?? '');
  nouns.set(name, made);
  return made;
}

function withVerbs(leaf: Commander, nouns: Map<string, Commander>): Commander {
  nouns.set(leaf.name(), leaf);
  return leaf.enablePositionalOptions().hook('preSubcommand', loadChild);
}

async function loadChild(_parent: Commander, child: Commander): Promise<void> {
  await loaders.get(child)?.();
}

/** Global options are understood before the noun, between noun and verb, and after the verb. */
function prepare(command: Commander, help: () => string, options: ProgramOptions): Commander {
  addOptions(command, GLOBAL_OPTIONS);
  return command
    .exitOverride()
    .configureOutput({ writeOut: (text) => options.onHelp(text), writeErr: () => undefined })
    .configureHelp({ formatHelp: () => help() })
    .helpOption('-h, --help', 'help')
    .helpCommand(false)
    .enablePositionalOptions()
    .hook('preSubcommand', loadChild);
}

/** Which commands still have to be loaded; keyed by the object, for names repeat (`list`, `show`). */
const loaders = new WeakMap<Commander, () => Promise<void>>();

function loadLater(leaf: Commander, entry: TreeEntry, options: ProgramOptions): void {
  leaf.helpOption('-h, --help', 'help');
  loaders.set(leaf, async () => {
    const { command } = await entry.load();
    addOptions(leaf, [...command.options, ...GLOBAL_OPTIONS]);
    for (const { syntax, text } of command.args) leaf.argument(syntax, text);
    leaf
      .allowExcessArguments(false)
      .configureHelp({ formatHelp: () => commandHelp(entry, command) })
      .action(() =>
        options.onCommand({ entry, command, args: leaf.args, typed: new TypedOptions(mergedOptions(leaf)) }),
      );
  });
}

/** The nearest wins: what stands after the verb, then after the noun, then before it. */
function mergedOptions(leaf: Commander): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (let at: Commander | null = leaf; at; at = at.parent)
    for (const [name, value] of Object.entries(at.opts()))
      if (merged[name] === undefined) merged[name] = value;
  return merged;
}

function addOptions(command: Commander, specs: readonly OptionSpec[]): void {
  for (const spec of specs) {
    const option = new Option(spec.flags, spec.text);
    if (spec.repeat)
      option.argParser((value: string, earlier: readonly string[] | undefined) => [
        ...(earlier ?? []),
        value,
      ]);
    command.addOption(option);
  }
}
