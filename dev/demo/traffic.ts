import { type Fleet, type Load, type LoadOptions, type LoadReport, startLoad } from '../index.ts';

export interface Counts {
  readonly requests: number;
  readonly failed: number;
  /** Of the failed ones: reason and number. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** All that clients send while the demo runs, and how often they got no good answer. */
export interface Traffic {
  /** Requests per second of the traffic that never ends. */
  readonly rate: number;
  /** More of it, beside what runs. */
  more(options: Omit<LoadOptions, 'targets'>): Promise<Load>;
  counts(): Promise<Counts>;
  stop(): Promise<Counts>;
}

const RATE = 300;

export async function startTraffic(fleet: Fleet, paths: readonly string[]): Promise<Traffic> {
  const { sandbox, targets } = fleet;
  const loads: Load[] = [];
  async function more(options: Omit<LoadOptions, 'targets'>): Promise<Load> {
    const load = await startLoad({ sandbox, targets, durationMs: 600_000, ...options });
    loads.push(load);
    return load;
  }
  await more({ paths, rate: RATE });
  return {
    rate: RATE,
    more,
    counts: async () => sum(await Promise.all(loads.map((load) => load.report()))),
    stop: async () => sum(await Promise.all(loads.map((load) => load.stop()))),
  };
}

/** Of those that have their outcome: what is on its way has neither failed nor not. */
function sum(reports: readonly LoadReport[]): Counts {
  const reasons: Record<string, number> = {};
  for (const report of reports) {
    for (const [reason, count] of Object.entries(report.reasons))
      reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  const failed = reports.reduce((all, report) => all + report.failed, 0);
  return { requests: reports.reduce((all, report) => all + report.ok, failed), failed, reasons };
}
