import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HafleetError, systemErrorCode } from '../../lib/index.ts';

/** Who works in a data folder. `prepare` is over within its time-out. */
export type Holder = 'agent' | 'prepare';

export interface FolderLock {
  release(): void;
}

/** The folder is another process's: two that write one `held.json` would each forget what the other agreed to. */
export class DataFolderLocked extends HafleetError<'data-folder-locked'> {
  readonly holder: Holder;

  constructor(path: string, { pid, holder }: Claim) {
    super('data-folder-locked', `${path} is in use by \`hafleet ${nameOf(holder)}\`, pid ${pid}`, {
      hint: 'each agent needs a data folder of its own',
      retryable: holder === 'prepare',
    });
    this.holder = holder;
  }
}

interface Claim {
  readonly pid: number;
  /** Of the process, as the kernel counts it: a number alone comes back. */
  readonly started: string;
  readonly holder: Holder;
}

/** As often as two can take each other's place at the same moment; then somebody is really there. */
const TRIES = 5;

/**
 * Takes the folder for this process until it ends or releases it. What a killed process left behind does not count.
 * @throws DataFolderLocked
 */
export function lockDataFolder(folder: string, holder: Holder): FolderLock {
  const path = join(folder, 'lock');
  const mine: Claim = { pid: process.pid, started: startOf(process.pid) ?? '', holder };
  let known: Claim = mine;
  for (let turn = 0; turn < TRIES; turn++) {
    if (claim(path, mine)) return { release: () => release(path, mine) };
    const found = readClaim(path);
    if (found === undefined) continue;
    if (isAlive(found)) throw new DataFolderLocked(folder, found);
    known = found;
    removeDead(path, found);
  }
  throw new DataFolderLocked(folder, known);
}

/** A hard link appears whole or not at all, and never over another one. */
function claim(path: string, mine: Claim): boolean {
  const temporary = `${path}.${mine.pid}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, JSON.stringify(mine), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(temporary, path);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Only one of two who see the same dead claim moves it; who moved a living one puts it back. */
function removeDead(path: string, dead: Claim): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return;
    throw thrown;
  }
  const moved = readClaim(aside);
  if (moved && (moved.pid !== dead.pid || moved.started !== dead.started)) putBack(aside, path);
  rmSync(aside, { force: true });
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
  }
}

function release(path: string, mine: Claim): void {
  const found = readClaim(path);
  if (found?.pid === mine.pid && found.started === mine.started) rmSync(path, { force: true });
}

function readClaim(path: string): Claim | undefined {
  try {
    const { pid, started, holder } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Claim>;
    return { pid: Number(pid), started: String(started), holder: holder === 'prepare' ? 'prepare' : 'agent' };
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    return { pid: 0, started: '', holder: 'agent' };
  }
}

function isAlive({ pid, started }: Claim): boolean {
  return pid > 0 && startOf(pid) === started;
}

/** Undefined for a process that is not there, or is dead and only waits for its parent. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // `pid (command) state …`; the command may hold spaces and brackets. The 22nd column is the start in clock ticks.
    const columns = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return columns[0] === 'Z' || columns[0] === 'X' ? undefined : columns[19];
  } catch {
    return undefined;
  }
}

function nameOf(holder: Holder): string {
  return holder === 'prepare' ? 'agent prepare' : 'agent';
}
