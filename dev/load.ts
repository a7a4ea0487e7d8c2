import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HafleetError } from '../src/lib/index.ts';
import { refuseWhenClosing } from './child.ts';
import type { LoadOptions, LoadReport } from './load/options.ts';
import { ROOT } from './root.ts';
import type { Sandbox } from './sandbox.ts';

export type { LoadOptions, LoadReport, Percentiles } from './load/options.ts';

/** Traffic that runs beside the test. */
export interface Load {
  readonly pid: number;
  /** The report at the end, whichever way it came. */
  readonly done: Promise<LoadReport>;
  /** The counts of this moment. */
  report(): Promise<LoadReport>;
  /** Sends no more, waits for what is on its way, and gives the last report. */
  stop(): Promise<LoadReport>;
}

/** Starts the load generator as a process of its own; `npm run build` has to have run. */
export async function startLoad({ sandbox, ...options }: LoadOptions & { sandbox: Sandbox }): Promise<Load> {
  refuseWhenClosing(sandbox);
  const child = spawn(process.execPath, [join(ROOT, 'dist/dev/load.js'), JSON.stringify(options)], {
    env: sandbox.env,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  // Writing to one that just ended is not an error worth a crash: `done` tells how it ended.
  child.stdin.on('error', () => undefined);
  const waiting: ((report: LoadReport) => void)[] = [];
  let last: LoadReport | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { last: isLast, ...report } = JSON.parse(line) as LoadReport & { last: boolean };
    if (isLast) last = report;
    for (const give of waiting.splice(0)) give(report);
  });

  const done = once(child, 'close').then(() => {
    if (!last) throw new HafleetError('load-failed', 'The load generator ended without a report.');
    for (const give of waiting.splice(0)) give(last);
    return last;
  });
  done.catch(() => undefined);
  async function stop(): Promise<LoadReport> {
    child.stdin.end('stop\n');
    return done;
  }
  async function report(): Promise<LoadReport> {
    const answer = new Promise<LoadReport>((resolve) => waiting.push(resolve));
    child.stdin.write('report\n');
    return Promise.race([answer, done]);
  }
  await once(child, 'spawn');
  sandbox.onClose(async () => void (await stop().catch(() => undefined)));
  return { pid: child.pid ?? 0, done, report, stop };
}
