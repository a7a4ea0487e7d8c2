import { evaluateCondition } from './condition.ts';
import { indentOf } from '../tree.ts';
import type { ConfigTree, Line } from '../tree.ts';
import type { Place } from '../diagnostic.ts';
import type { Located } from './model.ts';

/** A keyword line as HAProxy's section parsers get it. */
export interface Statement extends Located {
  /** Decoded, up to the first empty word: HAProxy reads no further. Never empty. */
  readonly words: readonly string[];
  /** `no option …`, `default option …`; the modifier is not among the words. */
  readonly modifier?: 'no' | 'default';
  readonly hasVariables: boolean;
  /** 1-based column of the first word. */
  readonly column: number;
}

export interface ActiveSection {
  readonly keyword: string;
  readonly header: Statement;
  readonly statements: readonly Statement[];
}

/** The sections HAProxy may read of one file: without what a constant condition rules out, without faulty lines. */
export function readSections(tree: ConfigTree): ActiveSection[] {
  const found: { keyword: string; header: Statement; statements: Statement[] }[] = [];
  const blocks = createBlocks();
  for (const section of tree.sections) {
    let number = section.firstLine - 1;
    for (const line of section.lines) {
      number++;
      if (line.faults.length > 0) continue;
      if (line.kind === 'directive') blocks.enter(line);
      if (line.kind !== 'keyword' || blocks.isDropped()) continue;
      const place = { file: tree.file, line: number, conditional: blocks.isConditional() };
      const statement = createStatement(line, place);
      if (!statement) continue;
      if (section.keyword !== '' && number === section.firstLine)
        found.push({ keyword: section.keyword, header: statement, statements: [] });
      else found.at(-1)?.statements.push(statement);
    }
  }
  return found;
}

function createStatement(line: Line, place: Located): Statement | undefined {
  const all: string[] = [];
  let hasVariables = false;
  for (const word of line.words) {
    if (word.value === '') break;
    hasVariables ||= word.variables !== undefined;
    all.push(word.value);
  }
  const [first] = all;
  if (first === undefined) return undefined;
  const { file, line: number, conditional } = place;
  const column = indentOf(line).length + 1;
  const statement = { file, line: number, conditional, column, words: all, hasVariables };
  if (first !== 'no' && first !== 'default') return statement;
  // The other keywords that may be negated (log, busy-polling …) do not show in the model.
  return all[1] === 'option' ? { ...statement, words: all.slice(1), modifier: first } : undefined;
}

interface Block {
  state: 'taken' | 'dropped' | 'maybe';
  /** A branch before was taken for sure: the rest is dropped. */
  settled: boolean;
  /** A branch before may have been taken. */
  unsure: boolean;
}

/** Follows `.if` blocks. A block that no `.endif` ends is an error elsewhere and ends with the file. */
function createBlocks() {
  const open: Block[] = [];
  const branch = (block: Block, holds: boolean | undefined) => {
    if (block.settled || holds === false) block.state = 'dropped';
    else block.state = holds === undefined || block.unsure ? 'maybe' : 'taken';
    block.settled ||= holds === true;
    block.unsure ||= holds === undefined;
  };
  return {
    enter(line: Line): void {
      const [word, ...condition] = line.words.map(({ value }) => value);
      const block = open.at(-1);
      if (word === '.if') {
        const opened: Block = { state: 'dropped', settled: false, unsure: false };
        branch(opened, evaluateCondition(condition));
        open.push(opened);
      } else if (word === '.endif') open.pop();
      else if (word === '.elif' && block) branch(block, evaluateCondition(condition));
      else if (word === '.else' && block) branch(block, true);
    },
    isDropped: () => open.some(({ state }) => state === 'dropped'),
    isConditional: () => open.some(({ state }) => state === 'maybe'),
  };
}

/** For diagnostics: they point at the first word of a line. */
export function placeOf({ file, line, column }: Statement): Place {
  return { file, line, column };
}
