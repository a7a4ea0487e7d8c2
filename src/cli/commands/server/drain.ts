import type { ChangeRequest } from '../../../api/index.ts';
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

interface DrainOptions {
  readonly targets: readonly string[];
  readonly drain: ChangeRequest['drain'];
  readonly scope: ScopeRequest;
  readonly lease: LeaseRequest;
  readonly write: WriteOptions;
}

export const command = defineCommand<DrainOptions>({
  about:
    'A draining server gets no new clients; sticky ones still arrive. With --wait it ends when the sessions are ' +
    'gone, or at the deadline: then --then disable takes the server out, --kill shuts down what is left, and with ' +
    'neither the change has timed out (exit 124) and the server stays in drain.',
  args: [{ syntax: '<target...>', text: 'server or backend/server; globs and ranges of them' }],
  options: [
    { flags: '--wait <duration>', text: 'wait for its sessions to end, this long at most' },
    { flags: '--then <verb>', text: 'disable: take it out when the sessions are gone; needs --wait' },
    { flags: '--kill', text: 'shut down the sessions left at the deadline; needs --wait' },
    ...LEASE_OPTIONS,
    ...SCOPE_OPTIONS,
    ...WRITE_OPTIONS,
  ],
  examples: [
    'hafleet server drain web/web3 --wait 10m --then disable --for 2h --reason kernel',
    "hafleet server drain 'web/web[1-3]' --on lb1 --dry-run",
  ],
  onSocket: true,
  read: (args, typed, cli) => ({
    targets: args,
    drain: readDrain(typed),
    scope: readScope(typed),
    lease: readLease(typed, cli),
    write: readWriteOptions(typed),
  }),
  run: (cli, { targets, drain, scope, lease, write }) =>
    runChange(
      cli,
      { kind: 'drain', targets: [...targets], ...scope, ...lease, ...(drain === undefined ? {} : { drain }) },
      write,
    ),
});

function readDrain(typed: TypedOptions): ChangeRequest['drain'] {
  const waitMs = typed.durationMs('wait');
  const next = typed.text('then');
  const kill = typed.flag('kill');
  if (next !== undefined && next !== 'disable')
    throw usageError(`--then: \`${next}\` cannot follow a drain`, 'only `--then disable` can');
  if (waitMs !== undefined) return { waitMs, kill, ...(next === undefined ? {} : { next }) };
  if (next === undefined && !kill) return undefined;
  throw usageError(`--${kill ? 'kill' : 'then'} needs --wait`, 'say how long the sessions have: --wait 10m');
}
