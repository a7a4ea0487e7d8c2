import { parseDuration } from './codec/duration.ts';
import { linesOf, unexpectedAnswer } from './codec/lines.ts';

/** A line of `show proc`. */
export interface Process {
  readonly pid: number;
  /** Reloads that this process has lived through. */
  readonly reloads: number;
  readonly uptimeSeconds: number;
  readonly version: string;
}

/** `show proc` of a master. */
export interface Proc {
  /** `failed`: reloads that failed since the last good one. */
  readonly master: Process & { readonly failed: number };
  /** Normally one. Empty in 3.2+ after a failed reload: the worker that goes on is then in `oldWorkers`. */
  readonly workers: readonly Process[];
  readonly oldWorkers: readonly Process[];
  /** Of the `program` sections; 3.2 has them no more. */
  readonly programs: readonly (Process & { readonly name: string })[];
}

const SECTIONS = new Set(['# workers', '# old workers', '# programs', '# old programs']);

/** Throws `unexpected-answer`. */
export function parseProc(text: string): Proc {
  const [header = '', ...lines] = linesOf(text);
  if (!header.startsWith('#<PID>')) throw unexpectedAnswer('show proc', text);
  // 2.2 has one column more, and counts no failures.
  const hasRelativePid = header.includes('<relative PID>');
  const rows = readRows(
    hasRelativePid ? lines.map((line) => line.replace(/^(\d+ +\S+ +)\d+ +/, '$1')) : lines,
  );
  const of = (section: string) => rows.filter((row) => row.section === section);
  const [master] = of('');
  if (!master || master.type !== 'master' || (master.failed === undefined && !hasRelativePid))
    throw unexpectedAnswer('show proc', text);
  return {
    master: { ...master.process, failed: master.failed ?? 0 },
    workers: of('# workers').map((row) => row.process),
    oldWorkers: of('# old workers').map((row) => row.process),
    programs: of('# programs').map((row) => ({ ...row.process, name: row.type })),
  };
}

interface Row {
  readonly section: string;
  readonly type: string;
  readonly failed: number | undefined;
  readonly process: Process;
}

function readRows(lines: readonly string[]): Row[] {
  const rows: Row[] = [];
  let section = '';
  for (const line of lines) {
    if (SECTIONS.has(line.trim())) section = line.trim();
    else rows.push(readRow(section, line));
  }
  return rows;
}

function readRow(section: string, line: string): Row {
  const match = /^(\d+) +(\S+) +(\d+)(?: \[failed: (\d+)\])? +(\S+)(?: +(\S+))? *$/.exec(line);
  const uptimeSeconds = parseDuration(match?.[5] ?? '');
  if (!match || uptimeSeconds === undefined) throw unexpectedAnswer('show proc', line);
  return {
    section,
    type: match[2] ?? '',
    failed: match[4] === undefined ? undefined : Number(match[4]),
    process: {
      pid: Number(match[1]),
      reloads: Number(match[3]),
      uptimeSeconds,
      version: match[6] ?? '',
    },
  };
}
