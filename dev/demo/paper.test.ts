import { describe, expect, it } from 'vitest';
import { type Paper, createPaper, wrap } from './paper.ts';

function written(write: (paper: Paper) => void, isTTY = false): string {
  let text = '';
  write(createPaper({ isTTY, write: (part) => (text += part) }, {}));
  return text;
}

describe("the demo's paper", () => {
  it('sets a command off, indents what it prints however it comes, and keeps its result below', () => {
    const text = written((paper) => {
      paper.say('See:');
      paper.command('hafleet status');
      for (const part of ['\nA  ', 'B\n', '\nC\n']) paper.output(part);
      paper.result('exit 1');
      paper.note('so far 0 failed');
    });
    expect(text).toBe('See:\n\n    $ hafleet status\n    A  B\n\n    C\n    exit 1\n\n    so far 0 failed\n');
  });

  it('ends a line that a command left open', () => {
    const text = written((paper) => {
      paper.command('printf x');
      paper.output('x');
      paper.result('exit 1');
    });
    expect(text).toBe('    $ printf x\n    x\n    exit 1\n');
  });

  it('has colours on a terminal alone', () => {
    const write = (paper: Paper) => paper.step(1, 2, 'See.');
    expect(written(write)).toBe('1/2  See.\n');
    expect(written(write, true)).toContain('\u001b[');
  });

  it('breaks lines at blanks, and leaves a long word whole', () => {
    expect(wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
    expect(wrap('a bbbbbbbb c', 5)).toEqual(['a', 'bbbbbbbb', 'c']);
  });
});
