import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderLocked, lockDataFolder } from './lock.ts';
import { prepareDataFolder } from './prepare.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hf-folder-'));
  folder = join(root, 'data');
});
afterEach(() => rmSync(root, { recursive: true }));

const unsafe = expect.objectContaining({ code: 'data-folder-unsafe' });

describe('the data folder', () => {
  it('is made for its owner, and lets the group pass through to the socket', () => {
    prepareDataFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o710);
    expect(() => prepareDataFolder(folder)).not.toThrow();
  });

  it('is no symlink', () => {
    mkdirSync(join(root, 'theirs'));
    symlinkSync(join(root, 'theirs'), folder);
    expect(() => prepareDataFolder(folder)).toThrow(unsafe);
  });

  it('is a folder', () => {
    writeFileSync(folder, '');
    expect(() => prepareDataFolder(folder)).toThrow();
  });

  it.each([0o777, 0o775])('cannot be written by others (%o)', (mode) => {
    mkdirSync(folder);
    chmodSync(folder, mode);
    expect(() => prepareDataFolder(folder)).toThrow(unsafe);
  });
});

describe('the lock of a data folder', () => {
  beforeEach(() => mkdirSync(folder));

  it('is one process’s, until it is released', () => {
    const lock = lockDataFolder(folder, 'agent');
    expect(() => lockDataFolder(folder, 'prepare')).toThrow(DataFolderLocked);
    expect(() => lockDataFolder(folder, 'prepare')).toThrow(
      expect.objectContaining({ code: 'data-folder-locked', holder: 'agent' }),
    );
    lock.release();
    lockDataFolder(folder, 'prepare').release();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('does not outlive a process that was killed, also when its number came back', async () => {
    const child = spawn('sleep', ['30']);
    await once(child, 'spawn');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const dead = { pid: child.pid, started: '1', holder: 'agent' };
    for (const left of [dead, { ...dead, pid: process.pid }, 'rubbish']) {
      writeFileSync(join(folder, 'lock'), typeof left === 'string' ? left : JSON.stringify(left));
      lockDataFolder(folder, 'agent').release();
    }
  });

  it('does not write through a symlink in its place', () => {
    const victim = join(root, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(folder, `lock.${process.pid}.new`));
    lockDataFolder(folder, 'agent').release();
    expect(statSync(victim).size).toBe('precious'.length);
  });
});
