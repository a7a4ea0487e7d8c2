import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { HafleetError } from '../src/lib/index.ts';
import type { Sandbox } from './sandbox.ts';
import { waitUntil } from './wait.ts';

export interface ChildOptions {
  readonly sandbox: Sandbox;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** Runs as this user, in this one group. Default: as the caller. Only root may. */
  readonly user?: ChildUser;
}

export interface ChildUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process in a group of its own, so that a signal reaches what it started too. */
export interface Child {
  readonly pid: number;
  /** Never rejects; a command that could not be started ends with code 127. */
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** To the process alone. */
  kill(signal: NodeJS.Signals): void;
  /** To the whole group, also after the process itself has ended. */
  killGroup(signal: NodeJS.Signals): void;
  /** Kills what is left of the group, and resolves when nothing is. */
  endGroup(): Promise<void>;
}

function send(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already: what was wanted.
  }
}

/** Zombies are dead: where nobody reaps orphans, as in many containers, they stay for ever. */
function isGroupAlive(group: number): boolean {
  // A command that could not be started has no group, and 0 would mean our own.
  if (group === 0) return false;
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  return readdirSync('/proc').some((name) => isLivingMember(name, group));
}

function isLivingMember(pid: string, group: number): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    // `pid (command) state parent group …`; the command may hold spaces and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , memberOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(memberOf) === group && state !== 'Z';
  } catch {
    return false;
  }
}

/** @throws HafleetError `sandbox-closed`: nothing starts that nobody would end */
export function startChild({ sandbox, command, args, cwd, env, logFile, user }: ChildOptions): Child {
  refuseWhenClosing(sandbox);
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    cwd: cwd ?? sandbox.folder,
    env: { ...sandbox.env, ...env },
    stdio: ['ignore', log, log],
    detached: true,
    ...user,
  });
  closeSync(log);
  let running = true;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  }).finally(() => {
    running = false;
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    exited,
    get running() {
      return running;
    },
    kill: (signal) => {
      if (running) send(pid, signal);
    },
    killGroup: (signal) => send(-pid, signal),
    async endGroup() {
      send(-pid, 'SIGKILL');
      await waitUntil(() => !isGroupAlive(pid), { for: `the end of process group ${pid}`, everyMs: 2 });
    },
  };
}

export function refuseWhenClosing(sandbox: Sandbox): void {
  if (sandbox.closing) throw new HafleetError('sandbox-closed', 'The sandbox is being closed.');
}

/** The end of a log, for the text of an error. */
export function logTail(logFile: string, lines = 15): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
