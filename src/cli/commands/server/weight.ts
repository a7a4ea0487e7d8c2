import { runChange } from '../../change/run.ts';
import {
  readLease,
  readScope,
  readWriteOptions,
  type LeaseRequest,
  type ScopeRequest,
  type WriteOptions,
} from '../../change/write-options.ts';
import { defineCommand } from '../../command.ts';
import { usageError } from '../../errors.ts';
import { LEASE_OPTIONS, SCOPE_OPTIONS, WRITE_OPTIONS, type TypedOptions } from '../../options.ts';

interface WeightOptions {
  readonly target: string;
  /** null: the weight of haproxy.cfg. */
  readonly weight: number | null;
  readonly scope: ScopeRequest;
  readonly lease: LeaseRequest;
  readonly write: WriteOptions;
}

export const command = defineCommand<WeightOptions>({
  about:
    'From 0 to 256. To take a server out use `server drain`: weight 0 is not a drain, and nothing ends it by itself.',
  args: [
    { syntax: '<target>', text: 'server or backend/server; globs and ranges of them' },
    { syntax: '[weight]', text: '0 to 256' },
  ],
  options: [
    { flags: '--default', text: 'give the weight of haproxy.cfg back' },
    ...LEASE_OPTIONS,
    ...SCOPE_OPTIONS,
    ...WRITE_OPTIONS,
  ],
  examples: ['hafleet server weight web/web3 50 --for 1h', 'hafleet server weight web/web3 --default'],
  onSocket: true,
  read: ([target = '', weight], typed, cli) => ({
    target,
    weight: readWeight(weight, typed),
    scope: readScope(typed),
    lease: readLease(typed, cli),
    write: readWriteOptions(typed),
  }),
  run: (cli, { target, weight, scope, lease, write }) =>
    runChange(cli, { kind: 'weight', targets: [target], weight, ...scope, ...lease }, write),
});

function readWeight(text: string | undefined, typed: TypedOptions): number | null {
  const isDefault = typed.flag('default');
  if (isDefault === (text !== undefined))
    throw usageError('give a weight, or --default', 'hafleet server weight web/web3 50');
  if (text === undefined) return null;
  const weight = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (weight <= 256) return weight;
  throw usageError(`\`${text}\` is not a weight`, 'HAProxy takes whole numbers from 0 to 256');
}
