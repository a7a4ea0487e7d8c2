import { describe, expect, it } from 'vitest';
import { linesOf, parseConfig } from './index.ts';

function words(text: string): string[] {
  return linesOf(parseConfig(text)).flatMap((line) => line.words.map((word) => word.value));
}

function codes(text: string): string[] {
  return parseConfig(text).diagnostics.map(({ code, line, column }) => `${line}:${column} ${code}`);
}

describe('line ends', () => {
  it('takes CR LF for a line end', () => {
    const [line] = linesOf(parseConfig('global # x\r\n'));
    expect(line?.end).toBe('\r\n');
    expect(line?.tokens.at(-1)).toEqual({ type: 'comment', source: '# x' });
  });

  it('ignores what follows a lone CR, as HAProxy does', () => {
    expect(words('global\rbogus words\n')).toEqual(['global']);
    expect(codes('global\rbogus words\n')).toEqual(['1:7 stray-carriage-return']);
  });

  it('takes a CR behind a space, or in front of the line, for one more space', () => {
    expect(words('\r global \rdaemon\n')).toEqual(['global', 'daemon']);
  });

  it('ends a quoted word at a CR too', () => {
    expect(codes('global "a\rb"\n')).toEqual(['1:8 unmatched-quote', '1:10 stray-carriage-return']);
  });

  it('asks for a line end on the last line', () => {
    expect(codes('global\n daemon')).toEqual(['2:8 missing-final-newline']);
    expect(codes('')).toEqual([]);
  });

  it('reads nothing behind a NUL', () => {
    expect(words('global\0 daemon\n')).toEqual(['global']);
    expect(codes('global\0 daemon\n')).toEqual(['1:7 nul-byte']);
  });
});

describe('words', () => {
  it('splits at the spaces of C alone', () => {
    expect(words('a\u00a0b \t\v\fc\u2028d\n')).toEqual(['a\u00a0b', 'c\u2028d']);
  });

  it('marks environment variables and leaves them as written', () => {
    const [line] = linesOf(parseConfig('log "${A-x y}:$B" \'$C\' $D "${E[*]}"\n'));
    expect(line?.words.map(({ value, variables, spreads }) => [value, variables, spreads])).toEqual([
      ['log', undefined, undefined],
      ['${A-x y}:$B', ['A', 'B'], undefined],
      ['$C', undefined, undefined],
      ['$D', undefined, undefined],
      ['${E[*]}', ['E'], true],
    ]);
  });

  it('knows the three pseudo-variables', () => {
    expect(codes('global\n x "$.LINE ${.FILE}"\n')).toEqual([]);
    expect(codes('global\n x "$.LINES"\n')).toEqual(['2:6 bad-variable-name']);
  });

  it('allows 64 of them on a line', () => {
    const line = (count: number) => `global\n${'w '.repeat(count)}\n`;
    expect(codes(line(64))).toEqual([]);
    expect(codes(line(65))).toEqual(['2:129 too-many-words']);
  });

  it('has no limit to the length of a line', () => {
    expect(codes(`global\n x ${'a'.repeat(100_000)}\n`)).toEqual([]);
  });

  it('cuts a value at an escaped NUL, as C does', () => {
    expect(words('a\\x00b c\n')).toEqual(['a', 'c']);
  });
});

describe('sections', () => {
  it('begin at their keyword and keep the lines before the first one apart', () => {
    const { sections } = parseConfig('# top\n\nglobal\n daemon\nbackend b # x\n server a 1:1\n');
    expect(
      sections.map(({ keyword, name, firstLine, lines }) => [keyword, name, firstLine, lines.length]),
    ).toEqual([
      ['', '', 1, 2],
      ['global', '', 3, 2],
      ['backend', 'b', 5, 2],
    ]);
  });

  it('do not take a keyword without indentation for an unknown section', () => {
    expect(parseConfig('backend b\n\nserver a 1:1\n  server c 1:1\n').sections).toHaveLength(1);
  });

  it('are kept when they are unknown, with a warning', () => {
    const tree = parseConfig('global\n daemon\n\nfuture x\n  what ever\n');
    expect(tree.sections.map(({ keyword, known }) => [keyword, known])).toEqual([
      ['global', true],
      ['future', false],
    ]);
    expect(tree.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['unknown-section', 'warning'],
    ]);
  });

  it('are named after the file in diagnostics', () => {
    expect(parseConfig('backend\n', { file: 'http.cfg' }).diagnostics).toEqual([
      {
        code: 'missing-section-name',
        severity: 'error',
        file: 'http.cfg',
        line: 1,
        column: 1,
        message: "'backend' needs a name",
      },
    ]);
  });
});
