import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureFolderSync, replaceFileSync } from './file.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hf-file-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('replaceFileSync', () => {
  it('replaces the whole text, private by default, and leaves nothing beside it', () => {
    const path = join(folder, 'a');
    replaceFileSync(path, 'one');
    replaceFileSync(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('makes away with what a killed process left under the temporary name', () => {
    const path = join(folder, 'a');
    writeFileSync(`${path}.${process.pid}.new`, 'left');
    replaceFileSync(path, 'ours');
    expect(readFileSync(path, 'utf8')).toBe('ours');
  });

  it('puts a file in the place of a symlink, and leaves alone what that pointed to', () => {
    const [target, link] = [join(folder, 'target'), join(folder, 'link')];
    writeFileSync(target, 'theirs');
    symlinkSync(target, link);
    replaceFileSync(link, 'ours');
    expect([readFileSync(target, 'utf8'), readFileSync(link, 'utf8')]).toEqual(['theirs', 'ours']);
  });
});

describe('ensureFolderSync', () => {
  it('makes what is missing, and is content with what is there', () => {
    const path = join(folder, 'a/b/c');
    ensureFolderSync(path, 0o700);
    ensureFolderSync(path, 0o700);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('fails at once where nothing can be made', () => {
    expect(() => ensureFolderSync('/proc/nope', 0o700)).toThrow();
    writeFileSync(join(folder, 'file'), '');
    expect(() => ensureFolderSync(join(folder, 'file'), 0o700)).toThrow();
    expect(() => ensureFolderSync(join(folder, 'file/below'), 0o700)).toThrow();
  });
});
