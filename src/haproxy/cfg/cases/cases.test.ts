import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, printConfig, readConfigModel } from '../index.ts';
import { dumpDiagnostics, dumpModel } from './dump.ts';

/**
 * A case file is a title, one or more `--- input FILE` parts, then `--- diagnostics` and `--- model` as hafleet reads
 * them. UPDATE_CASES=1 writes the last two anew; the review is of their diff.
 */
const folder = import.meta.dirname;
const names = readdirSync(folder).filter((name) => name.endsWith('.case'));

interface Case {
  readonly title: string;
  readonly inputs: readonly { readonly file: string; readonly text: string }[];
  readonly expected: string;
}

function readCase(text: string): Case {
  const [title = '', ...parts] = text.split(/^--- /m);
  const inputs = parts.flatMap((part) => {
    const match = /^input (.*)\n([\s\S]*)$/.exec(part);
    return match ? [{ file: match[1] ?? '', text: match[2] ?? '' }] : [];
  });
  const results = parts.filter((part) => !part.startsWith('input ')).map((part) => `--- ${part}`);
  return { title, inputs, expected: results.join('') };
}

function runCase({ inputs }: Case): string {
  // Places name their file where there are several.
  const trees = inputs.map(({ file, text }) => parseConfig(text, inputs.length > 1 ? { file } : {}));
  const { model, diagnostics } = readConfigModel(trees);
  const part = (name: string, text: string) => `--- ${name}\n${text === '' ? '(none)' : text}\n`;
  return part('diagnostics', dumpDiagnostics(diagnostics)) + part('model', dumpModel(model));
}

function printCase({ title, inputs }: Case, results: string): string {
  return title + inputs.map(({ file, text }) => `--- input ${file}\n${text}`).join('') + results;
}

describe('reading a configuration', () => {
  it('has cases', () => {
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(names)('%s', (name) => {
    const path = join(folder, name);
    const wanted = readCase(readFileSync(path, 'utf8'));
    const actual = runCase(wanted);
    if (process.env['UPDATE_CASES'] === '1') writeFileSync(path, printCase(wanted, actual));
    else expect(actual).toBe(wanted.expected);
    for (const { text } of wanted.inputs) expect(printConfig(parseConfig(text))).toBe(text);
  });
});
