import { runChange } from '../../change/run.ts';
import {
  readScope,
  readWriteOptions,
  type ScopeRequest,
  type WriteOptions,
} from '../../change/write-options.ts';
import { defineCommand } from '../../command.ts';
import { SCOPE_OPTIONS, WRITE_OPTIONS } from '../../options.ts';

interface EnableOptions {
  readonly targets: readonly string[];
  readonly gateMs: number | undefined;
  readonly scope: ScopeRequest;
  readonly write: WriteOptions;
}

export const command = defineCommand<EnableOptions>({
  about:
    'A server comes back only when its checks are green on all load balancers that can be reached. If they stay red ' +
    'until the deadline it goes back to where it was everywhere, and the red nodes are named (exit 1).',
  args: [{ syntax: '<target...>', text: 'server or backend/server; globs and ranges of them' }],
  options: [
    {
      flags: '--gate <duration>',
      text: 'how long the checks have to turn green (default: 30s and the checks themselves)',
    },
    ...SCOPE_OPTIONS,
    ...WRITE_OPTIONS,
  ],
  examples: ['hafleet server enable web/web3', "hafleet server enable 'web/*' --gate 45s --yes"],
  onSocket: true,
  read: (args, typed) => ({
    targets: args,
    gateMs: typed.durationMs('gate'),
    scope: readScope(typed),
    write: readWriteOptions(typed),
  }),
  run: (cli, { targets, gateMs, scope, write }) =>
    runChange(
      cli,
      { kind: 'enable', targets: [...targets], ...scope, ...(gateMs === undefined ? {} : { gateMs }) },
      write,
    ),
});
