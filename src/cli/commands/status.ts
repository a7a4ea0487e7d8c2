import { ApiError, type StatusAnswer } from '../../api/index.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { noSuchFormat, printDocument, printDocumentLine, printListing } from '../document.ts';
import { describeError, usageError } from '../errors.ts';
import { sameTarget } from '../settings.ts';
import { LIST_OPTIONS, SCOPE_OPTIONS } from '../options.ts';
import { untilSignal } from '../signals.ts';
import { statusItems } from '../status/items.ts';
import type { StatusReport } from '../status/judge.ts';
import { renderNagios } from '../status/nagios.ts';
import { renderPlainCells } from '../status/plain.ts';
import { readStatus, readStatusScope, type StatusScope } from '../status/read.ts';
import { renderStatus, statusTable, type StatusView } from '../status/render.ts';
import { readTargets } from '../status/select.ts';
import { verdictExit } from '../status/verdict.ts';

interface StatusOptions extends StatusScope {
  readonly watch: boolean;
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

const WATCH_EVERY_MS = 2_000;

export const command = defineCommand<StatusOptions>({
  about:
    'Exits 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Out on purpose, down, disagreeing, one load balancer not heard: ' +
    'WARNING. None usable, overdue or unexplained: CRITICAL. No fresh data from most load balancers: UNKNOWN.',
  args: [{ syntax: '[target...]', text: 'backend, server or backend/server; globs and ranges of them' }],
  options: [
    { flags: '-w, --watch', text: 'again every two seconds; with -o json one document a line' },
    ...SCOPE_OPTIONS,
    ...LIST_OPTIONS,
  ],
  examples: ['hafleet status', "hafleet status web 'api/api[1-3]' --on @edge", 'hafleet status -o nagios'],
  onSocket: true,
  read: (args, typed) => ({
    ...readStatusScope(args, typed),
    watch: typed.flag('watch'),
    columns: typed.text('columns'),
    sort: typed.text('sort'),
  }),
  run: (cli, options) => (options.watch ? watchStatus(cli, options) : showStatus(cli, options)),
});

async function showStatus(cli: Cli, options: StatusOptions): Promise<number> {
  const { answer, report } = await readStatus(cli, options);
  if (cli.settings.format === 'milkcheck') return showMilkcheck(cli, answer, options);
  await printStatus(cli, { answer, report, options, context: (await cli.connect()).name });
  return verdictExit(report.verdict);
}

/** With milkcheck's own exit codes. */
async function showMilkcheck(cli: Cli, answer: StatusAnswer, { targets }: StatusOptions): Promise<number> {
  const { milkcheckStatus } = await import('../milkcheck/from-status.ts');
  const moment = { ...cli.moment(), nowMs: answer.generatedAt };
  const { lines, exit } = milkcheckStatus(answer, { moment, isMeant: readTargets(answer, targets) });
  cli.out.lines(lines);
  return exit;
}

interface Shown {
  readonly answer: StatusAnswer;
  readonly report: StatusReport;
  readonly options: StatusOptions;
  readonly context: string;
}

async function printStatus(cli: Cli, { answer, report, options, context }: Shown): Promise<void> {
  switch (cli.settings.format) {
    case 'json':
    case 'yaml':
      return printDocument(cli, {
        kind: 'Status',
        verdict: report.verdict,
        items: statusItems(answer, report),
      });
    case 'plain':
      return cli.out.raw(renderPlainCells(answer, report));
    case 'nagios':
      return cli.out.raw(`${renderNagios(report)}\n`);
    case 'name':
      return cli.out.lines(report.farms.map(({ farm }) => farm.backend));
    case 'milkcheck':
      throw noSuchFormat('milkcheck');
    case 'table':
    case 'wide':
      return printTable(cli, viewOf(cli, report, answer, context), options);
  }
}

function viewOf(cli: Cli, report: StatusReport, answer: StatusAnswer, context: string): StatusView {
  const wide = cli.settings.format === 'wide';
  const { glyphs, width } = cli.out;
  return {
    report,
    context,
    nowMs: answer.generatedAt,
    glyphs,
    wide,
    width,
    suffix: sameTarget(cli.settings),
  };
}

async function printTable(cli: Cli, view: StatusView, options: StatusOptions): Promise<void> {
  if (options.columns === undefined && options.sort === undefined) return cli.out.lines(renderStatus(view));
  const table = () => statusTable(view);
  await printListing(cli, { kind: 'Status', items: [], names: [], table }, options);
}

/** Redraws on a terminal; elsewhere appends. Ends with Ctrl-C and the last verdict's exit code. */
async function watchStatus(cli: Cli, options: StatusOptions): Promise<number> {
  const { format } = cli.settings;
  if (format === 'yaml' || format === 'milkcheck')
    throw usageError(`-w does not go with -o ${format}`, 'use -o json: one document a line');
  let exit = 3;
  await untilSignal(cli.world, async (signal) => {
    while (!signal.aborted) {
      exit = await watchOnce(cli, options).catch((thrown: unknown) => missed(cli, thrown));
      await cli.world.sleep(WATCH_EVERY_MS, signal);
    }
  });
  return exit;
}

async function watchOnce(cli: Cli, options: StatusOptions): Promise<number> {
  const context = (await cli.connect()).name;
  const { answer, report } = await readStatus(cli, options);
  if (cli.settings.format === 'json') {
    printDocumentLine(cli, { kind: 'Status', verdict: report.verdict, items: statusItems(answer, report) });
  } else {
    if (cli.out.isTty) cli.out.raw(CLEAR_SCREEN);
    await printStatus(cli, { answer, report, options, context });
  }
  return verdictExit(report.verdict);
}

const CLEAR_SCREEN = '\x1b[H\x1b[2J';

/** A server that restarts does not end a watch: meanwhile nothing is known. */
function missed(cli: Cli, thrown: unknown): number {
  if (!(thrown instanceof ApiError && thrown.retryable)) throw thrown;
  cli.err.lines(describeError(thrown));
  return 3;
}
