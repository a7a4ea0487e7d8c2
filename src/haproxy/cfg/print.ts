import type { ConfigTree, Line } from './tree.ts';

/** The text the tree was parsed from, byte for byte; after an edit, with only the edited lines different. */
export function printConfig(tree: ConfigTree): string {
  let text = '';
  for (const section of tree.sections) for (const line of section.lines) text += printLine(line);
  return text;
}

/** One line with its line end. */
export function printLine(line: Line): string {
  let text = '';
  for (const token of line.tokens) text += token.source;
  return text + line.end;
}
