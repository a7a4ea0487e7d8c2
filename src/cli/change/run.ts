import { EXIT, type Change, type ChangePlan, type ChangeRequest } from '../../api/index.ts';
import type { Cli } from '../cli.ts';
import { confirm } from '../confirm.ts';
import { printDocument } from '../document.ts';
import type { Line } from '../text/index.ts';
import { followChange } from './follow.ts';
import { changeExit, renderResult } from './result.ts';
import { countInstances, isAlreadySo, renderRefusals, renderScope } from './scope.ts';
import { writeRequest, type WriteOptions } from './write-options.ts';

/** What the server answers to a change that was asked for, in earnest or as a dry run. */
interface Answer {
  readonly change: Change | null;
  readonly plan: ChangePlan;
}

export interface Write {
  /** Asks for the change; `dryRun` only for what it would do. */
  readonly send: (dryRun: boolean) => Promise<Answer>;
  readonly options: WriteOptions;
  /** `drain --then disable`. */
  readonly endsInMaint?: boolean;
}

export type WantedChange = Omit<ChangeRequest, 'dryRun' | 'waitMs' | 'reason' | 'ticket' | 'overrides'>;

/** One of the five kinds of change, from the dry run to the last read-back. Answers with the exit code. */
export async function runChange(cli: Cli, wanted: WantedChange, options: WriteOptions): Promise<number> {
  const { api } = await cli.connect();
  const request: ChangeRequest = { ...wanted, ...writeRequest(options) };
  const endsInMaint = wanted.drain?.next === 'disable';
  return runWrite(cli, { options, endsInMaint, send: (dryRun) => api.createChange({ ...request, dryRun }) });
}

/** Looks first, says what would happen, asks, does it, waits, says what happened. */
export async function runWrite(cli: Cli, { send, options, endsInMaint = false }: Write): Promise<number> {
  const { plan } = await send(true);
  const already = isAlreadySo(plan);
  const { name } = await cli.connect();
  const scope = options.dryRun ? scopeOutput(cli) : cli.err;
  if (!already || options.dryRun) scope.lines(renderScope({ plan, context: name }));
  if (plan.refusals.length > 0) return refuse(cli, plan);
  if (options.dryRun) return finishDryRun(cli, plan);
  if (!already && !(await confirm(cli, options.yes))) return declined(cli);
  const answer = await send(false);
  if (answer.plan.refusals.length > 0) return refuse(cli, answer.plan);
  return finishChange(cli, { ...answer, wait: options.wait, endsInMaint });
}

/** Standard output belongs to the document where one was asked for. */
function scopeOutput(cli: Cli): Cli['out'] {
  return isDocument(cli) ? cli.err : cli.out;
}

function isDocument({ settings }: Cli): boolean {
  return settings.format === 'json' || settings.format === 'yaml';
}

async function refuse(cli: Cli, plan: ChangePlan): Promise<number> {
  if (isDocument(cli))
    await printDocument(cli, { kind: 'Change', verdict: 'refused', items: [{ change: null, plan }] });
  cli.err.lines(renderRefusals(plan));
  return EXIT.refused;
}

async function finishDryRun(cli: Cli, plan: ChangePlan): Promise<number> {
  const verdict = isAlreadySo(plan) ? 'already-so' : 'dry-run';
  if (isDocument(cli)) await printDocument(cli, { kind: 'Change', verdict, items: [{ change: null, plan }] });
  else cli.out.line(isAlreadySo(plan) ? alreadyLine(plan) : 'dry run: nothing was changed');
  return EXIT.done;
}

function declined(cli: Cli): number {
  cli.err.line('not confirmed; nothing was changed');
  return EXIT.failed;
}

async function alreadySo(cli: Cli, plan: ChangePlan): Promise<number> {
  if (isDocument(cli))
    await printDocument(cli, { kind: 'Change', verdict: 'already-so', items: [{ change: null, plan }] });
  else if (cli.settings.format !== 'name') cli.out.line(alreadyLine(plan));
  return EXIT.done;
}

function alreadyLine(plan: ChangePlan): Line {
  const { reached, all } = countInstances(plan);
  return all === 0 ? 'already so' : `already so, ${reached}/${all}`;
}

export interface Finish extends Answer {
  readonly wait: boolean;
  readonly endsInMaint?: boolean;
}

/** Follows what was started to its end, unless nobody wants to wait, and prints the outcome. */
export async function finishChange(
  cli: Cli,
  { change: first, plan, wait, endsInMaint = false }: Finish,
): Promise<number> {
  if (first === null) return alreadySo(cli, plan);
  const { change, ended } = wait
    ? await followChange(cli, first)
    : { change: first, ended: 'settled' as const };
  if (isDocument(cli))
    await printDocument(cli, { kind: 'Change', verdict: change.state, items: [{ change, plan }] });
  else if (cli.settings.format === 'name') cli.out.line(change.id);
  else cli.out.lines(renderResult(change, { moment: cli.moment(), endsInMaint }));
  if (ended === 'settled') return changeExit(change);
  if ((await cli.connect()).direct) return ended === 'interrupted' ? EXIT.interrupted : EXIT.timedOut;
  cli.err.line([
    ended === 'interrupted' ? 'no longer waiting' : 'waited long enough',
    `; ${change.id} goes on. Follow: hafleet change show ${change.id} -w   Undo: hafleet change undo ${change.id}`,
  ]);
  return ended === 'interrupted' ? EXIT.interrupted : EXIT.timedOut;
}
