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
import { LEASE_OPTIONS, SCOPE_OPTIONS, WRITE_OPTIONS } from '../../options.ts';

interface DisableOptions {
  readonly targets: readonly string[];
  readonly scope: ScopeRequest;
  readonly lease: LeaseRequest;
  readonly write: WriteOptions;
}

export const command = defineCommand<DisableOptions>({
  about:
    'MAINT: no traffic and no checks, on every load balancer that has the server, also after a reload and on nodes ' +
    'that come later. `server drain --wait 10m --then disable` lets sessions end first.',
  args: [{ syntax: '<target...>', text: 'server or backend/server; globs and ranges of them' }],
  options: [...LEASE_OPTIONS, ...SCOPE_OPTIONS, ...WRITE_OPTIONS],
  examples: [
    'hafleet server disable web/web3 --for 2h --reason "disk swap" --ticket INC-7',
    "hafleet server disable 'web[1-3]' --exclude lb4 --dry-run",
  ],
  onSocket: true,
  read: (args, typed, cli) => ({
    targets: args,
    scope: readScope(typed),
    lease: readLease(typed, cli),
    write: readWriteOptions(typed),
  }),
  run: (cli, { targets, scope, lease, write }) =>
    runChange(cli, { kind: 'disable', targets: [...targets], ...scope, ...lease }, write),
});
