const WIDTH = 100;
const INDENT = '    ';

/** What the demo writes on: plain lines that read well in a log, with some colour on a terminal. */
export interface Paper {
  readonly colours: boolean;
  readonly title: (text: string) => void;
  /** `3/12  Title.` */
  readonly step: (number: number, of: number, text: string) => void;
  /** A paragraph, broken into lines. */
  readonly say: (text: string) => void;
  /** A command line as typed. */
  readonly command: (line: string) => void;
  /** Output of a command, as it comes: parts of lines are fine. Empty lines at its start are left out. */
  readonly output: (text: string) => void;
  /** Right below that: how it ended. */
  readonly result: (text: string) => void;
  /** What the demo itself saw or did, in one line. */
  readonly note: (text: string) => void;
  /** Lines as they stand. */
  readonly lines: (lines: readonly string[]) => void;
}

export interface Page {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createPaper(page: Page, env = process.env): Paper {
  const colours = page.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const paint = (code: string, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  let last: 'nothing' | 'text' | 'command' | 'output' | 'note' = 'nothing';
  let atLineStart = true;

  function line(text: string): void {
    page.write(`${atLineStart ? '' : '\n'}${text}\n`);
    atLineStart = true;
  }
  /** Begins a new block, set off by an empty line. */
  function begin(kind: typeof last): void {
    if (last !== 'nothing') line('');
    last = kind;
  }
  return {
    colours,
    title(text) {
      begin('text');
      line(paint('1', text));
    },
    step(number, of, text) {
      begin('text');
      line(paint('1;36', `${number}/${of}  ${text}`));
    },
    say(text) {
      begin('text');
      wrap(text, WIDTH).forEach(line);
    },
    command(text) {
      begin('command');
      line(`${INDENT}${paint('1', `$ ${text}`)}`);
    },
    output(text) {
      for (const part of text.match(/[^\n]*\n|[^\n]+/g) ?? []) {
        // HAProxy answers nothing but an empty line where it has nothing to say.
        if (last === 'command' && part === '\n') continue;
        last = 'output';
        page.write(atLineStart && part !== '\n' ? `${INDENT}${part}` : part);
        atLineStart = part.endsWith('\n');
      }
    },
    result: (text) => line(`${INDENT}${paint('2', text)}`),
    note(text) {
      if (last === 'note') last = 'nothing';
      begin('note');
      line(`${INDENT}${paint('2', text)}`);
    },
    lines(lines) {
      begin('text');
      lines.forEach(line);
    },
  };
}

/** Breaks at blanks; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
