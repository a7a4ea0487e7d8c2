import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { type HaproxyArguments, parseArguments } from './argv.ts';

/** One running HAProxy process as /proc shows it. */
export interface HaproxyProcess {
  readonly pid: number;
  readonly parent: number;
  readonly arguments: HaproxyArguments;
  /** Its working folder; undefined where only its owner may see it. */
  readonly folder: string | undefined;
}

/** A master with its workers, old ones included, or a process that works alone. */
export interface ProcessGroup {
  readonly main: HaproxyProcess;
  readonly workers: readonly number[];
}

/** All HAProxy processes of this machine that /proc shows to this user. Those that end meanwhile are left out. */
export function readProcesses(proc = '/proc'): HaproxyProcess[] {
  return readdirSync(proc)
    .map(Number)
    .filter((pid) => pid > 0)
    .flatMap((pid) => readProcess(proc, pid) ?? []);
}

function readProcess(proc: string, pid: number): HaproxyProcess | undefined {
  const words = readText(`${proc}/${pid}/cmdline`)?.split('\0').slice(0, -1) ?? [];
  const args = parseArguments(words);
  // The second field of `stat` is a name in brackets that may hold anything; the parent is the second one behind it.
  const parent = readText(`${proc}/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')[1];
  if (!args || args.checkOnly || parent === undefined) return undefined;
  return { pid, parent: Number(parent), arguments: args, folder: readLink(`${proc}/${pid}/cwd`) };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Workers have the argv of their master, so the parent alone tells them apart. */
export function groupProcesses(processes: readonly HaproxyProcess[]): ProcessGroup[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  return processes
    .filter(({ parent }) => !pids.has(parent))
    .map((main) => ({
      main,
      workers: processes.filter(({ parent }) => parent === main.pid).map(({ pid }) => pid),
    }));
}
