import { createDirectiveChecker } from './check-directives.ts';
import { createDiagnostic } from './diagnostic.ts';
import type { Diagnostic, LexicalCode, Place } from './diagnostic.ts';
import { sectionNeedsName } from './section-names.ts';
import type { Fault, Line, Section, Token } from './tree.ts';

const LEXICAL: Readonly<Record<LexicalCode, readonly [message: string, hint?: string]>> = {
  'unmatched-quote': ['this quote is never closed on its line', 'a backslash does not continue a line'],
  'bad-hex-escape': ['\\x needs two hexadecimal digits', 'write \\\\x for a backslash and an x'],
  'bad-variable-name': [
    'a $ inside double quotes begins an environment variable, and no name follows',
    'use single quotes, or write \\$',
  ],
  'bad-word-expansion': ['only [*] may follow a variable name inside braces'],
  'unmatched-brace': ['this ${ is never closed'],
  'too-many-words': ['HAProxy reads at most 64 words on a line', 'put the values in a file and use -f'],
  'nul-byte': ['HAProxy stops at a NUL byte'],
};

/** Everything that shows on single lines, in line order; conditions are not evaluated. */
export function checkLines(file: string, sections: readonly Section[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const directives = createDirectiveChecker(found);
  for (const section of sections) {
    const { firstLine, lines } = section;
    let number = firstLine - 1;
    for (const line of lines) {
      number++;
      const place = { file, line: number, column: firstWordColumn(line) };
      if (line.faults.length > 0) checkFaults(line.faults, place, found);
      else if (line.kind === 'directive') directives.check(line, place);
      else if (line.kind === 'scope') checkScope(line, place, found);
      else if (line.kind === 'keyword') checkKeyword(section, line, place, found);
      if (line.words.some(isEmptyWord)) checkEmptyWord(line, place, found);
      if (line.tokens.at(-1)?.type === 'ignored') checkIgnored(line, place, found);
    }
  }
  directives.finish();
  checkEnd(file, sections, found);
  return found;
}

/** 1-based column of a token, or of the end of the line when there is no such token. */
function columnOf(line: Line, wanted: (token: Token) => boolean): number {
  let column = 1;
  for (const token of line.tokens) {
    if (wanted(token)) return column;
    column += token.source.length;
  }
  return column;
}

function firstWordColumn(line: Line): number {
  const first = line.tokens[0];
  return first?.type === 'space' ? first.source.length + 1 : 1;
}

function checkFaults(faults: readonly Fault[], place: Place, found: Diagnostic[]): void {
  for (const { code, column } of faults) {
    const [message, hint] = LEXICAL[code];
    found.push(createDiagnostic(code, { ...place, column }, message, hint));
  }
}

function checkKeyword(section: Section, line: Line, place: Place, found: Diagnostic[]): void {
  const word = line.words[0]?.value ?? '';
  const isHeader = line === section.lines[0] && section.keyword !== '';
  if (section.keyword === '' && word !== '')
    found.push(
      createDiagnostic('keyword-outside-section', place, `'${word}' stands before the first section`),
    );
  if (!isHeader) return;
  if (!section.known)
    found.push(
      createDiagnostic(
        'unknown-section',
        place,
        `'${word}' is no section of HAProxy 3.4 or older`,
        'it is kept as it is',
      ),
    );
  else if (section.name === '' && sectionNeedsName(word))
    found.push(createDiagnostic('missing-section-name', place, `'${word}' needs a name`));
}

/** A scope line is `[name]` alone. HAProxy reads it and, in 2.6 to 3.2, does nothing with it. */
function checkScope(line: Line, place: Place, found: Diagnostic[]): void {
  const text = line.tokens
    .map((token) => token.source)
    .join('')
    .trim();
  if (!/^\[[A-Za-z0-9_.:-]+\]\s*(#.*)?$/.test(text))
    found.push(createDiagnostic('bad-scope', place, 'a scope is one name in brackets, alone on its line'));
}

function isEmptyWord(token: Token): boolean {
  return token.type === 'word' && token.value === '' && token.variables === undefined;
}

function checkEmptyWord(line: Line, place: Place, found: Diagnostic[]): void {
  const column = columnOf(line, isEmptyWord);
  found.push(
    createDiagnostic(
      'empty-word',
      { ...place, column },
      'HAProxy stops reading a line at an empty word',
      'from 3.3 this is an error',
    ),
  );
}

function checkIgnored(line: Line, place: Place, found: Diagnostic[]): void {
  if (!line.tokens.at(-1)?.source.startsWith('\r')) return;
  const column = columnOf(line, (token) => token.type === 'ignored');
  found.push(
    createDiagnostic(
      'stray-carriage-return',
      { ...place, column },
      'HAProxy ignores what follows a lone carriage return',
      'end lines with LF or CR LF',
    ),
  );
}

function checkEnd(file: string, sections: readonly Section[], found: Diagnostic[]): void {
  const section = sections.at(-1);
  const line = section?.lines.at(-1);
  if (!section || !line || line.end !== '') return;
  const place = {
    file,
    line: section.firstLine + section.lines.length - 1,
    column: columnOf(line, () => false),
  };
  found.push(
    createDiagnostic(
      'missing-final-newline',
      place,
      'the last line has no line end',
      'HAProxy takes the file for truncated and refuses it',
    ),
  );
}
