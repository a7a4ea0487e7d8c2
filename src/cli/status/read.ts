import type { StatusAnswer } from '../../api/index.ts';
import type { Cli } from '../cli.ts';
import type { TypedOptions } from '../options.ts';
import { judgeStatus, type StatusReport } from './judge.ts';
import { selectStatus, subtractNodeSet, type Selection } from './select.ts';

export interface StatusScope extends Selection {
  readonly on: string | undefined;
}

export function readStatusScope(targets: readonly string[], typed: TypedOptions): StatusScope {
  return {
    targets,
    on: subtractNodeSet(typed.text('on'), typed.text('exclude')),
    instance: typed.text('instance'),
  };
}

export interface StatusReading {
  readonly answer: StatusAnswer;
  readonly report: StatusReport;
}

/** What the fleet says of the targets, with the verdict. */
export async function readStatus(cli: Cli, scope: StatusScope): Promise<StatusReading> {
  const { api } = await cli.connect();
  const answer = selectStatus(await api.status(scope.on === undefined ? {} : { on: scope.on }), scope);
  return { answer, report: judgeStatus(answer) };
}
