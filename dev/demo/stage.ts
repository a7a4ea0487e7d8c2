import {
  type AppServer,
  type Fleet,
  type Haproxy,
  type Supervised,
  askSocket,
  waitUntil,
} from '../index.ts';
import type { Paper } from './paper.ts';
import type { Counts, Traffic } from './traffic.ts';
import { isInstalled, runTyped } from './typed.ts';

/** How a command is to end; anything else ends the demo. */
export interface Expected {
  /** Default 0. */
  readonly exit?: number;
  /** What the exit code says, in the words of the help. */
  readonly means?: string;
  /** Has to stand in what it prints. */
  readonly shows?: RegExp;
}

/** What a step plays on: a fleet under traffic, and paper. */
export interface Stage {
  readonly fleet: Fleet;
  readonly traffic: Traffic;
  readonly say: (text: string) => void;
  readonly note: (text: string) => void;
  /** Runs a command line by bash, shows it with all it prints, and gives that. @throws DemoFailure when it ends otherwise */
  run(line: string, expected?: Expected): Promise<string>;
  /** One command to HAProxy's socket, as people do it with socat; `grep` picks a line, `cut` its comma-separated fields. */
  socat(haproxy: Haproxy, command: string, pick?: { grep: string; cut: string }): Promise<string>;
  /** What `systemctl reload haproxy` does; resolves when the new worker answers. */
  reload(haproxy: Haproxy): Promise<void>;
  /** kill -9 of the worker; resolves when HAProxy is back. */
  kill(haproxy: Haproxy): Promise<void>;
  signal(process: Supervised, signal: 'STOP' | 'CONT' | 'KILL', what: string): Promise<void>;
  /** Waits for what has to come, and gives the time it took in seconds. */
  until(what: string, probe: () => Promise<boolean>): Promise<number>;
  /** Says how many requests came to an application since `mark`, and fails the demo unless it is none. */
  noRequests(app: AppServer, since: number): void;
}

/** The demo did not show what it had to. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

export interface StageParts {
  readonly fleet: Fleet;
  readonly traffic: Traffic;
  readonly binFolder: string;
  readonly paper: Paper;
}

export function createStage({ fleet, traffic, binFolder, paper }: StageParts): Stage {
  const { sandbox } = fleet;

  async function run(line: string, expected: Expected = {}): Promise<string> {
    paper.command(line);
    const { colours, output: onText } = paper;
    const { code, text } = await runTyped(line, { sandbox, binFolder, colours, onText });
    const { exit = 0, means } = expected;
    if (code !== exit) throw new DemoFailure(`\`${line}\` ended with exit ${code}, not ${exit}`);
    if (expected.shows && !expected.shows.test(text))
      throw new DemoFailure(`\`${line}\` did not show ${expected.shows}`);
    if (exit !== 0 || means) paper.note(`exit ${exit}${means ? ` = ${means}` : ''}`);
    paper.raw('');
    return text;
  }

  async function socat(haproxy: Haproxy, command: string, pick?: { grep: string; cut: string }) {
    const socket = haproxy.paths.statsSocket;
    const filter = pick ? ` | grep '${pick.grep}' | cut -d, -f${pick.cut}` : '';
    if (isInstalled('socat')) return run(`echo "${command}" | socat stdio ${socket}${filter}`);
    paper.note(`socat is not installed, so the demo itself says this on ${socket}:`);
    return run(`printf '%s' ${quote(await askSocket(socket, command))}${filter}   # ${command}`);
  }

  async function changeWorker(haproxy: Haproxy, line: (worker: number) => string): Promise<void> {
    const before = await haproxy.workerPid();
    await run(line(before));
    await waitUntil(async () => (await haproxy.workerPid()) !== before, { for: `${haproxy.name}: new worker` });
    await haproxy.waitReady();
  }

  return {
    fleet,
    traffic,
    say: paper.say,
    note: paper.note,
    run,
    socat,
    reload: (haproxy) =>
      changeWorker(
        haproxy,
        () => `kill -USR2 ${haproxy.masterPid}   # reload of ${haproxy.name}, as systemctl reload haproxy does`,
      ),
    kill: (haproxy) =>
      changeWorker(haproxy, (worker) => `kill -9 ${worker}   # the HAProxy process of ${haproxy.name}`),
    signal: async (process, signal, what) => void (await run(`kill -${signal} ${process.pid}   # ${what}`)),
    async until(what, probe) {
      const startedAt = performance.now();
      await waitUntil(probe, { for: what, timeoutMs: 30_000, everyMs: 50 });
      return Math.round(performance.now() - startedAt) / 1000;
    },
    noRequests(app, since) {
      const count = app.counts().requests - since;
      paper.note(`requests that reached ${app.name} meanwhile: ${count}`);
      if (count > 0) throw new DemoFailure(`${count} requests reached ${app.name}`);
    },
  };
}

export function printCounts({ requests, failed, reasons }: Counts): string {
  const why = Object.entries(reasons).map(([reason, count]) => `${count} × ${reason}`);
  const tail = why.length > 0 ? ` (${why.join(', ')})` : '';
  return `traffic so far: ${requests.toLocaleString('en-US')} requests, ${failed} failed${tail}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
