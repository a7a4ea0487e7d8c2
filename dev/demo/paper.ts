const WIDTH = 100;
const INDENT = '    ';

/** What the demo writes on: plain lines that read well in a log, with some colour on a terminal. */
export interface Paper {
  readonly colours: boolean;
  title(text: string): void;
  /** `3/12  Title.` */
  step(number: number, of: number, text: string): void;
  /** A paragraph, broken into lines. */
  say(text: string): void;
  /** A command line as typed. */
  command(line: string): void;
  /** Output of a command, as it comes: parts of lines are fine. */
  output(text: string): void;
  /** Below a command: how it ended, where that is worth a word. */
  note(text: string): void;
  /** A line as it stands: what a program reads. */
  raw(line: string): void;
}

export interface Page {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createPaper(page: Page, env = process.env): Paper {
  const colours = page.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const paint = (code: string, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  let atLineStart = true;

  function line(text = ''): void {
    if (!atLineStart) page.write('\n');
    atLineStart = true;
    page.write(`${text}\n`);
  }
  return {
    colours,
    title(text) {
      line(paint('1', text));
      line();
    },
    step(number, of, text) {
      line();
      line(paint('1;36', `${number}/${of}  ${text}`));
      line();
    },
    say(text) {
      for (const one of wrap(text, WIDTH)) line(one);
      line();
    },
    command: (text) => line(`${INDENT}${paint('1', `$ ${text}`)}`),
    output(text) {
      for (const part of text.match(/[^\n]*\n|[^\n]+/g) ?? []) {
        page.write(atLineStart && part !== '\n' ? `${INDENT}${part}` : part);
        atLineStart = part.endsWith('\n');
      }
    },
    note(text) {
      line(`${INDENT}${paint('2', text)}`);
    },
    raw: line,
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
