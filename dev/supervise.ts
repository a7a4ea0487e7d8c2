import { setTimeout as sleep } from 'node:timers/promises';
import { HafleetError } from '../src/lib/index.ts';
import { type Child, type ChildOptions, logTail, startChild } from './child.ts';
import { waitUntil } from './wait.ts';

export interface SuperviseOptions extends ChildOptions {
  readonly name: string;
  /** Runs before every start of the process, as ExecStartPre does. A failure does not keep it from starting. */
  readonly prepare?: () => Promise<void>;
  /** Asked until it says true; a throw is a no. */
  readonly isReady: () => Promise<boolean>;
  readonly restartAfterMs?: number;
}

export interface StopOptions {
  readonly signal?: NodeJS.Signals;
  readonly graceMs?: number;
}

/** A process that is started again whenever it ends without having been stopped, as systemd's Restart=always does. */
export interface Supervised {
  readonly child: Child;
  readonly pid: number;
  readonly logFile: string;
  /** Times it was started again. */
  readonly restarts: number;
  /** Starts it and waits until it serves; nothing but the wait when it runs already. */
  start(): Promise<void>;
  /** Ends it (SIGTERM, SIGKILL after `graceMs`) and keeps it so. Default grace: 5 s. */
  stop(options?: StopOptions): Promise<void>;
  /** Sends a signal and changes nothing else: after a deadly one it is started again, and `restarts` is one more. */
  kill(signal: NodeJS.Signals): void;
  /** SIGSTOP to the whole group: alive, and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Resolves when it serves, if need be after its restart. */
  waitReady(): Promise<void>;
}

/** @throws HafleetError `start-failed` when the first process ends before it is ready */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { restartAfterMs = 100 } = options;
  let child: Child | undefined;
  let wanted = false;
  let restarts = 0;

  async function launch(): Promise<Child> {
    await options.prepare?.().catch(() => undefined);
    if (!wanted) throw new HafleetError('stopped', `${options.name} was stopped before it started.`);
    const started = startChild(options);
    child = started;
    void started.exited.then(() => restart(started)).catch(() => undefined);
    return started;
  }

  async function restart(ended: Child): Promise<void> {
    // systemd ends what is left of the old group first (KillMode=mixed): a stray worker would keep the ports.
    await ended.endGroup();
    if (!wanted || child !== ended) return;
    await sleep(restartAfterMs);
    if (!wanted || child !== ended) return;
    restarts++;
    await launch();
  }

  async function waitReady(): Promise<void> {
    await waitUntil(options.isReady, { for: options.name });
  }

  async function start(): Promise<void> {
    if (child?.running) return waitReady();
    wanted = true;
    const started = await launch();
    try {
      await waitUntil(async () => !started.running || (await options.isReady()), { for: options.name });
      if (!started.running) throw startFailed(options);
    } catch (error) {
      wanted = false;
      await started.endGroup();
      throw error;
    }
  }

  async function stop({ signal = 'SIGTERM', graceMs = 5_000 }: StopOptions = {}): Promise<void> {
    wanted = false;
    const current = child;
    if (!current?.running) return;
    current.kill(signal);
    // A frozen process takes SIGTERM only when it runs again.
    current.killGroup('SIGCONT');
    const timer = setTimeout(() => current.killGroup('SIGKILL'), graceMs);
    await current.exited;
    clearTimeout(timer);
    await current.endGroup();
  }

  function current(): Child {
    if (child) return child;
    throw new HafleetError('not-started', `${options.name} was never started.`);
  }

  options.sandbox.onClose(() => stop());
  await start();
  return {
    get child() {
      return current();
    },
    get pid() {
      return current().pid;
    },
    logFile: options.logFile,
    get restarts() {
      return restarts;
    },
    start,
    stop,
    kill: (signal) => current().kill(signal),
    freeze: () => current().killGroup('SIGSTOP'),
    thaw: () => current().killGroup('SIGCONT'),
    waitReady,
  };
}

function startFailed({ name, logFile }: SuperviseOptions): HafleetError {
  return new HafleetError('start-failed', `${name} did not start:\n${logTail(logFile)}`);
}
