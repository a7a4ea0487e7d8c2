import type { StatusAnswer } from '../../api/index.ts';
import type { Cli } from '../cli.ts';
import type { TypedOptions } from '../options.ts';
import { judgeStatus, type StatusReport } from './judge.ts';
import { readTargets, selectInstance, subtractNodeSet } from './select.ts';

export interface StatusScope {
  readonly targets: readonly string[];
  readonly on: string | undefined;
  readonly instance: string | undefined;
}

export function readStatusScope(targets: readonly string[], typed: TypedOptions): StatusScope {
  return {
    targets,
    on: subtractNodeSet(typed.text('on'), typed.text('exclude')),
    instance: typed.text('instance'),
  };
}

export interface StatusReading {
  /** Everything on the load balancers in scope, also what was not asked for: see the report for that. */
  readonly answer: StatusAnswer;
  readonly report: StatusReport;
}

/** What the fleet says of the targets, with the verdict. */
export async function readStatus(cli: Cli, { on, instance, targets }: StatusScope): Promise<StatusReading> {
  const { api } = await cli.connect();
  const answer = selectInstance(await api.status(on === undefined ? {} : { on }), instance);
  return { answer, report: judgeStatus(answer, readTargets(answer, targets)) };
}
