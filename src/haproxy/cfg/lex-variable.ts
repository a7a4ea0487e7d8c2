import type { Fault } from './tree.ts';

/** Only the three pseudo-variables begin with a dot (2.9 and later). */
const NAME = /(?:\.(?:FILE|LINE|SECTION)(?!\w)|[A-Za-z_]\w*)/y;

export interface LexedVariable {
  /** Where reading goes on; just behind the `$` when it was not a variable. */
  readonly next: number;
  readonly name?: string;
  readonly spreads?: true;
  /** `column` is an offset into the text here; the line lexer turns it into a column. */
  readonly fault?: Fault;
}

/** Reads `$NAME`, `${NAME}`, `${NAME-default}` or `${NAME[*]}` at `at`, which holds the dollar (manual 2.3). */
export function lexVariable(text: string, at: number, stop: number): LexedVariable {
  const hasBrace = text[at + 1] === '{';
  const nameAt = at + (hasBrace ? 2 : 1);
  NAME.lastIndex = nameAt;
  const name = NAME.exec(text)?.[0];
  if (name === undefined || nameAt + name.length > stop)
    return { next: at + 1, fault: { code: 'bad-variable-name', column: nameAt } };
  const nameEnd = nameAt + name.length;
  return hasBrace ? lexBraced(text, { at, nameEnd, stop, name }) : { next: nameEnd, name };
}

function lexBraced(
  text: string,
  { at, nameEnd, stop, name }: { at: number; nameEnd: number; stop: number; name: string },
): LexedVariable {
  const spreads = text[nameEnd] === '[';
  if (spreads && !text.startsWith('[*]', nameEnd))
    return { next: at + 1, fault: { code: 'bad-word-expansion', column: nameEnd } };
  const closing = closingBrace(text, spreads ? nameEnd + 3 : nameEnd);
  if (closing === -1 || closing >= stop)
    return { next: at + 1, fault: { code: 'unmatched-brace', column: at + 1 } };
  return spreads ? { next: closing + 1, name, spreads } : { next: closing + 1, name };
}

/** A default value runs to the first closing brace, whatever quotes it holds. Only a NUL stops it. */
function closingBrace(text: string, at: number): number {
  if (text[at] !== '-') return text[at] === '}' ? at : -1;
  const closing = text.indexOf('}', at);
  return text.slice(at, closing).includes('\0') ? -1 : closing;
}
