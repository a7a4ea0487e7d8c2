import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from './errors.ts';

export interface WriteFileOptions {
  /** Permission bits of the new file. Default 0600. */
  readonly mode?: number;
  /** False leaves out the fsync of the folder: the name may then be the old one after a power cut, never a torn file. */
  readonly durableName?: boolean;
  /** False leaves out every fsync: safe against a crash of any process, not against a power cut. For what can be made again. */
  readonly durable?: boolean;
}

/**
 * Replaces a file so that a reader, a crash or a full disk sees the old text or the new, never a part:
 * temporary file beside it, fsync, rename, fsync of the folder. Synchronous, because what follows must not start before it.
 *
 * Never writes through a symlink: the temporary file is made new (O_EXCL, O_NOFOLLOW), and the rename puts a plain file in
 * the place of a link without touching what that pointed to.
 * @throws Node's system error; the temporary file is then gone and the old file stands.
 */
export function replaceFileSync(path: string, text: string, options: WriteFileOptions = {}): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeNew(temporary, text, options);
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
  if (options.durable !== false && options.durableName !== false) syncFolder(dirname(path));
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

function writeNew(path: string, text: string, { mode = 0o600, durable = true }: WriteFileOptions): void {
  const file = openNew(path, mode);
  try {
    writeFileSync(file, text);
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function openNew(path: string, mode: number): number {
  try {
    return openSync(path, NEW_FILE, mode);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
    // Left over from a process of this number that was killed, or planted: the name goes, not what it may point to.
    unlinkSync(path);
    return openSync(path, NEW_FILE, mode);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Makes a folder and what is missing above it. Not Node's own `recursive`, which spins for ever where the kernel answers
 * that nothing is there and nothing can be made, as under /proc.
 * @throws Node's system error
 */
export function ensureFolderSync(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST' && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (systemErrorCode(thrown) !== 'ENOENT' || parent === path || existsSync(parent)) throw thrown;
    ensureFolderSync(parent, mode);
    mkdirSync(path, { mode });
  }
}
