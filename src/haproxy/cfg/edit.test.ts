import { describe, expect, it } from 'vitest';
import {
  appendToSection,
  insertLineAfter,
  parseConfig,
  printConfig,
  removeLine,
  replaceLine,
} from './index.ts';
import type { ConfigTree } from './index.ts';

function append(text: string, keyword: string, line: string): string {
  const tree = parseConfig(text);
  const section = tree.sections.find((section) => section.keyword === keyword);
  if (!section) throw new Error(`no section ${keyword}`);
  return printConfig(appendToSection(tree, section, line));
}

function edited(text: string, edit: (tree: ConfigTree) => ConfigTree): string {
  return printConfig(edit(parseConfig(text)));
}

describe('replaceLine', () => {
  it('keeps indentation, comment and line end', () => {
    const text = 'backend b\r\n\tserver a 10.0.0.1:80   # rack 4\r\n';
    expect(edited(text, (tree) => replaceLine(tree, 2, 'server a 10.0.0.2:80'))).toBe(
      'backend b\r\n\tserver a 10.0.0.2:80   # rack 4\r\n',
    );
  });

  it('takes the new comment where there is one', () => {
    expect(edited('a # old\n', (tree) => replaceLine(tree, 1, 'b # new'))).toBe('b # new\n');
  });

  it('replaces a comment line whole', () => {
    expect(edited('  # old\n', (tree) => replaceLine(tree, 1, '# new'))).toBe('  # new\n');
  });

  it('finds the new faults and forgets the old ones', () => {
    const tree = parseConfig('backend b\n server "a 10.0.0.1:80\n');
    expect(tree.diagnostics.map(({ code }) => code)).toEqual(['unmatched-quote']);
    expect(replaceLine(tree, 2, 'server a 10.0.0.1:80').diagnostics).toEqual([]);
  });
});

describe('insertLineAfter', () => {
  it('indents like the line before it', () => {
    const text = 'backend b\n\tserver a 1:1\nlisten l\n  bind :80\n';
    expect(edited(text, (tree) => insertLineAfter(tree, 4, 'mode http'))).toBe(`${text}  mode http\n`);
  });

  it('indents like the rest of the section behind a header', () => {
    expect(edited('backend b\n\tserver a 1:1\n', (tree) => insertLineAfter(tree, 1, 'mode http'))).toBe(
      'backend b\n\tmode http\n\tserver a 1:1\n',
    );
  });

  it('takes the indentation of other sections when its own is empty', () => {
    expect(edited('defaults\n  mode http\nbackend b\n', (tree) => insertLineAfter(tree, 3, 'x'))).toBe(
      'defaults\n  mode http\nbackend b\n  x\n',
    );
  });

  it('gives the last line the line end HAProxy asks for', () => {
    expect(edited('global\r\n daemon', (tree) => insertLineAfter(tree, 2, 'nbthread 2'))).toBe(
      'global\r\n daemon\r\n nbthread 2\r\n',
    );
  });
});

describe('removeLine', () => {
  it('removes that line alone', () => {
    expect(edited('a\nb\nc', (tree) => removeLine(tree, 2))).toBe('a\nc');
  });
});

describe('appendToSection', () => {
  it('leaves what leads up to the next section with that one', () => {
    const text = 'backend b\n    server a 1:1\n\n# the next one\nbackend c\n    server a 1:1\n';
    expect(append(text, 'backend', 'server z 2:2')).toBe(
      'backend b\n    server a 1:1\n    server z 2:2\n\n# the next one\nbackend c\n    server a 1:1\n',
    );
  });

  it('stays out of a block inside the section', () => {
    const text = 'backend b\n    .if defined(X)\n    server a 1:1\n    .endif\n';
    expect(append(text, 'backend', 'server z 2:2')).toBe(`${text}    server z 2:2\n`);
  });

  it('stays inside a block that holds the whole section', () => {
    const text = '.if defined(X)\nbackend b\n    server a 1:1\n.else\nlisten c\n    bind :1\n.endif\n';
    expect(append(text, 'backend', 'server z 2:2')).toBe(
      '.if defined(X)\nbackend b\n    server a 1:1\n    server z 2:2\n.else\nlisten c\n    bind :1\n.endif\n',
    );
  });

  it('stays before a block that leads into the next section', () => {
    const text = 'backend b\n    server a 1:1\n.if defined(X)\nbackend c\n    server a 1:1\n.endif\n';
    expect(append(text, 'backend', 'server z 2:2')).toBe(
      'backend b\n    server a 1:1\n    server z 2:2\n.if defined(X)\nbackend c\n    server a 1:1\n.endif\n',
    );
  });

  it('works behind a bare header', () => {
    expect(append('backend b', 'backend', 'server z 2:2')).toBe('backend b\n    server z 2:2\n');
  });
});

describe('an edit that cannot be meant', () => {
  it.each(['a\nb', 'a\0b'])('refuses %j as a line', (text) => {
    expect(() => insertLineAfter(parseConfig('a\n'), 1, text)).toThrow(
      expect.objectContaining({ code: 'invalid-line-text' }),
    );
  });

  it.each([0, 2, 1.5])('refuses line %d of a file with one', (number) => {
    expect(() => removeLine(parseConfig('a\n'), number)).toThrow(
      expect.objectContaining({ code: 'no-such-line' }),
    );
  });
});
