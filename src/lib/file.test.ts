import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFileSync } from './file.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hf-file-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('replaceFileSync', () => {
  it('leaves the new text and nothing beside it', () => {
    const path = join(folder, 'a');
    replaceFileSync(path, 'one');
    replaceFileSync(path, 'two', { mode: 0o644 });
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(lstatSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('replaces a symlink, and one in the place of its temporary file, without writing where they point', () => {
    const path = join(folder, 'a');
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, path);
    symlinkSync(victim, `${path}.${process.pid}.new`);
    replaceFileSync(path, 'text');
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('text');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(existsSync(`${path}.${process.pid}.new`)).toBe(false);
  });
});
