import type { ChangeRequest } from '../../api/index.ts';
import { GUARD_NAMES, type GuardName } from '../../model/index.ts';
import type { Cli } from '../cli.ts';
import { usageError } from '../errors.ts';
import type { TypedOptions } from '../options.ts';
import { checkNodeSet } from '../status/select.ts';
import { parseTime } from '../text/index.ts';

/** What every write has besides its own options. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly wait: boolean;
  readonly reason: string;
  readonly ticket: string | undefined;
  readonly overrides: readonly GuardName[];
}

/** @throws CliError (64) for an unknown guard, or an override without a reason. */
export function readWriteOptions(typed: TypedOptions): WriteOptions {
  const overrides = typed.list('override').map(readGuard);
  const reason = typed.text('reason') ?? '';
  if (overrides.length > 0 && reason.trim() === '')
    throw usageError('--override needs --reason', 'say why the guard does not count here');
  return {
    dryRun: typed.flag('dry-run'),
    yes: typed.flag('yes'),
    wait: !typed.negated('wait'),
    reason,
    ticket: typed.text('ticket'),
    overrides,
  };
}

export type ScopeRequest = Pick<ChangeRequest, 'on' | 'exclude' | 'instance'>;

export function readScope(typed: TypedOptions): ScopeRequest {
  const [on, exclude, instance] = [typed.text('on'), typed.text('exclude'), typed.text('instance')];
  if (on !== undefined) checkNodeSet('--on', on);
  if (exclude !== undefined) checkNodeSet('--exclude', exclude);
  return {
    ...(on === undefined ? {} : { on }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(instance === undefined ? {} : { instance }),
  };
}

export type LeaseRequest = Pick<ChangeRequest, 'forMs' | 'until'>;

/** @throws CliError (64) when both are given, or the time cannot be read or is over. */
export function readLease(typed: TypedOptions, cli: Cli): LeaseRequest {
  const forMs = typed.durationMs('for');
  const text = typed.text('until');
  if (forMs !== undefined && text !== undefined)
    throw usageError('--for and --until say the same thing', 'give one of them');
  if (forMs === 0) throw usageError('--for 0s would end before it began');
  if (forMs !== undefined) return { forMs };
  if (text === undefined) return {};
  const moment = cli.moment();
  const until = parseTime(text, moment);
  if (until === undefined)
    throw usageError(
      `--until: \`${text}\` is not a time`,
      'write 16:04, 2026-12-01, 2026-12-01T16:04Z or 2h',
    );
  if (until <= moment.nowMs) throw usageError(`--until: \`${text}\` is over already`);
  return { until };
}

export function writeRequest(options: WriteOptions): Pick<ChangeRequest, 'reason' | 'ticket' | 'overrides'> {
  return {
    reason: options.reason,
    overrides: [...options.overrides],
    ...(options.ticket === undefined ? {} : { ticket: options.ticket }),
  };
}

function readGuard(text: string): GuardName {
  const guard = GUARD_NAMES.find((name) => name === text);
  if (guard) return guard;
  throw usageError(`--override: there is no guard \`${text}\``, `guards: ${GUARD_NAMES.join(', ')}`);
}
