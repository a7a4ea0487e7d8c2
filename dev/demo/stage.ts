import { type AppServer, type Fleet, type Haproxy, type Supervised, askSocket, waitUntil } from '../index.ts';
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

/** Of comma-separated lines: those that start so, and of them these fields, counted from 1. */
export interface Pick {
  readonly start: string;
  readonly fields: readonly number[];
}

/** What a step plays on: a fleet under traffic, and paper. */
export interface Stage {
  readonly fleet: Fleet;
  readonly traffic: Traffic;
  readonly say: (text: string) => void;
  readonly note: (text: string) => void;
  /** Runs a command line by bash, shows it with all it prints, and gives that. @throws DemoFailure when it ends otherwise */
  readonly run: (line: string, expected?: Expected) => Promise<string>;
  /** One command to HAProxy's socket, as people do it with socat. */
  readonly socat: (haproxy: Haproxy, command: string, pick?: Pick) => Promise<void>;
  /** What `systemctl reload haproxy` does; resolves when the new worker answers. */
  readonly reload: (haproxy: Haproxy) => Promise<void>;
  /** kill -9 of the worker; resolves when HAProxy is back. */
  readonly kill: (haproxy: Haproxy) => Promise<void>;
  readonly signal: (process: Supervised, signal: 'STOP' | 'CONT' | 'KILL', what: string) => Promise<void>;
  /** Waits for what has to come, and gives the time it took in seconds. */
  readonly until: (what: string, probe: () => Promise<boolean>) => Promise<number>;
  /** Says how many requests came to an application since `mark`, and fails the demo unless it is none. */
  readonly noRequests: (app: AppServer, since: number) => void;
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
    if (exit !== 0) paper.result(`exit ${exit}${means ? ` = ${means}` : ''}`);
    return text;
  }

  async function socat(haproxy: Haproxy, command: string, pick?: Pick): Promise<void> {
    const socket = haproxy.paths.statsSocket;
    const filter = pick ? ` | grep ^${pick.start} | cut -d, -f${pick.fields.join()}` : '';
    if (isInstalled('socat')) return void (await run(`echo "${command}" | socat stdio ${socket}${filter}`));
    paper.note(`socat is not installed, so the demo itself sends "${command}" to ${socket}`);
    const answer = pickFields(await askSocket(socket, command), pick);
    if (answer !== '') paper.output(`${answer}\n`);
  }

  async function until(what: string, probe: () => Promise<boolean>): Promise<number> {
    const startedAt = performance.now();
    // Nobody waits on for what is being ended.
    const isOver = async () => sandbox.closing || (await probe());
    await waitUntil(isOver, { for: what, timeoutMs: 30_000, everyMs: 50 });
    return (performance.now() - startedAt) / 1000;
  }

  async function changeWorker(haproxy: Haproxy, line: (worker: number) => string): Promise<void> {
    const before = await haproxy.workerPid();
    await run(line(before));
    await waitUntil(async () => (await haproxy.workerPid()) !== before, {
      for: `${haproxy.name}: new worker`,
    });
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
        () =>
          `kill -USR2 ${haproxy.masterPid}   # reload of ${haproxy.name}, as systemctl reload haproxy does`,
      ),
    kill: (haproxy) =>
      changeWorker(haproxy, (worker) => `kill -9 ${worker}   # the HAProxy process of ${haproxy.name}`),
    signal: async (process, signal, what) => void (await run(`kill -${signal} ${process.pid}   # ${what}`)),
    until,
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

function pickFields(answer: string, pick: Pick | undefined): string {
  if (!pick) return answer.trim();
  const lines = answer.split('\n').filter((line) => line.startsWith(pick.start));
  return lines.map((line) => pickFrom(line.split(','), pick.fields)).join('\n');
}

function pickFrom(values: readonly string[], fields: readonly number[]): string {
  return fields.map((field) => values[field - 1] ?? '').join();
}
