import type { ArgumentSpec, Command } from '../command.ts';
import { GROUPS, NOUNS, TREE, type TreeEntry } from '../commands/tree.ts';
import { GLOBAL_OPTIONS, type OptionSpec } from '../options.ts';

/** Everything, by task. */
export function topHelp(): string {
  const groups = GROUPS.map((group) => [
    group,
    ...aligned(TREE.filter((entry) => entry.group === group).map(({ path, summary }) => [path, summary])),
    '',
  ]);
  return text([
    'Examples',
    '  hafleet status                                       what is wrong, on which load balancer',
    '  hafleet server drain web/web3 --wait 10m --then disable --for 2h --reason kernel',
    '',
    'Operate a fleet of HAProxy load balancers as one thing.',
    '',
    ...groups.flat(),
    'Options of every command',
    ...optionLines(GLOBAL_OPTIONS),
    '',
    'hafleet COMMAND --help tells more. Topics: hafleet help exit-codes | environment | node-sets',
  ]);
}

export function nounHelp(noun: string): string {
  const entries = TREE.filter(({ path }) => path.startsWith(`${noun} `));
  return text([
    `hafleet ${noun}: ${NOUNS[noun] ?? ''}`,
    '',
    ...aligned(entries.map(({ path, summary }) => [path, summary])),
    '',
    `hafleet ${noun} VERB --help tells more.`,
  ]);
}

export function commandHelp({ path, summary }: TreeEntry, command: Command): string {
  const usage = [
    'hafleet',
    path,
    ...command.args.map(({ syntax }) => argumentText(syntax)),
    '[options]',
  ].join(' ');
  return text([
    'Examples',
    ...command.examples.map((example) => `  ${example}`),
    '',
    usage,
    `  ${summary}`,
    ...(command.about === undefined ? [] : ['', ...wrap(command.about, 100)]),
    ...section('Arguments', argumentLines(command.args)),
    ...section('Options', optionLines(command.options)),
    '',
    'Options of every command: hafleet help',
  ]);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function argumentLines(args: readonly ArgumentSpec[]): string[] {
  return aligned(args.map(({ syntax, text }) => [argumentText(syntax), text]));
}

/** `<target...>` reads `TARGET..`, as in the rest of our words. */
function argumentText(syntax: string): string {
  const name = syntax.replaceAll(/[<>[\].]/g, '').toUpperCase();
  const many = syntax.includes('...') ? '..' : '';
  return syntax.startsWith('[') ? `[${name}${many}]` : `${name}${many}`;
}

function optionLines(options: readonly OptionSpec[]): string[] {
  return aligned(options.map(({ flags, text }) => [optionText(flags), text]));
}

function optionText(flags: string): string {
  const upper = flags.replace(/<([^>]+)>/, (_, name: string) => name.toUpperCase());
  return upper.startsWith('--') ? `    ${upper}` : upper;
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function wrap(paragraph: string, width: number): string[] {
  const lines = [''];
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
