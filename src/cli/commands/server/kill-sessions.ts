import { runChange } from '../../change/run.ts';
import {
  readScope,
  readWriteOptions,
  type ScopeRequest,
  type WriteOptions,
} from '../../change/write-options.ts';
import { defineCommand } from '../../command.ts';
import { SCOPE_OPTIONS, WRITE_OPTIONS } from '../../options.ts';

interface KillOptions {
  readonly targets: readonly string[];
  readonly scope: ScopeRequest;
  readonly write: WriteOptions;
}

export const command = defineCommand<KillOptions>({
  about: 'Once, now: the server stays in its state, and new sessions arrive unless it is in drain or maint.',
  args: [{ syntax: '<target...>', text: 'server or backend/server; globs and ranges of them' }],
  options: [...SCOPE_OPTIONS, ...WRITE_OPTIONS],
  examples: ['hafleet server kill-sessions web/web3', 'hafleet server kill-sessions web/web3 --on lb2 --yes'],
  onSocket: true,
  read: (args, typed) => ({ targets: args, scope: readScope(typed), write: readWriteOptions(typed) }),
  run: (cli, { targets, scope, write }) =>
    runChange(cli, { kind: 'kill-sessions', targets: [...targets], ...scope }, write),
});
