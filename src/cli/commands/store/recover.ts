import { foldNodeSet } from '../../../model/index.ts';
import type { Cli } from '../../cli.ts';
import { defineCommand } from '../../command.ts';
import { confirm, sayDryRun } from '../../confirm.ts';
import { intentText } from '../../store/intent-text.ts';
import { DATA_OPTION, readDataFolder } from '../../store/options.ts';
import { createLogger } from '../../../lib/index.ts';
import { VERSION } from '../../version.ts';
import { DEFAULT_LISTEN, readListen, readTls } from '../serve.ts';

type HeldIntent = Parameters<typeof intentText>[0];

/** What the server's recovery tells while it listens. */
interface RecoveryPreview {
  readonly fleetId: string;
  readonly newEpoch: number;
  readonly heard: readonly string[];
  readonly missing: readonly string[];
  readonly regained: readonly HeldIntent[];
  readonly kept: readonly HeldIntent[];
  readonly ended: readonly { readonly intent: HeldIntent; readonly endedBy: string }[];
}

interface Recovery {
  changed(): Promise<void>;
  preview(): RecoveryPreview;
}

interface StoreRecoverOptions {
  readonly dataFolder: string;
  readonly keyFile: string | undefined;
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly waitMs: number;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const command = defineCommand<StoreRecoverOptions>({
  about:
    'When the store is lost, or an old backup stands in its place: listens where the server did, lets the agents say what they ' +
    'hold, shows what that gives, asks, and starts the next epoch of the fleet with it. Nothing changes on any HAProxy. Nodes ' +
    'that are not heard keep their state and wait for `hafleet node adopt`. The server must be stopped.',
  options: [
    DATA_OPTION,
    {
      flags: '--key <file>',
      text: 'the kept copy of the key of the fleet (default: fleet.key in the data folder)',
    },
    { flags: '--listen <address>', text: `HOST:PORT, as the server had it (default ${DEFAULT_LISTEN})` },
    { flags: '--tls-cert <file>', text: 'certificate, PEM' },
    { flags: '--tls-key <file>', text: 'its key, PEM' },
    { flags: '--wait <duration>', text: 'how long to wait for agents (default 30s)' },
    { flags: '-n, --dry-run', text: 'show what would be written, and write nothing' },
    { flags: '-y, --yes', text: 'do not ask' },
  ],
  examples: [
    'hafleet store recover --data /var/lib/hafleet --dry-run',
    'hafleet store recover --data /var/lib/hafleet --key /safe/fleet.key --wait 2m --yes',
  ],
  read: (_args, typed, cli) => ({
    dataFolder: readDataFolder(typed, cli),
    keyFile: typed.text('key'),
    listen: readListen(typed.text('listen') ?? DEFAULT_LISTEN),
    tls: readTls(typed.text('tls-cert'), typed.text('tls-key')),
    waitMs: typed.durationMs('wait') ?? 30_000,
    yes: typed.flag('yes'),
    dryRun: typed.flag('dry-run'),
  }),
  async run(cli, { dataFolder, keyFile, listen, tls, waitMs, yes, dryRun }) {
    const { openRecovery } = await import('../../../server/main.ts');
    const log = createLogger('hafleet-recover', cli.world.env['HAFLEET_LOG'] || 'warn');
    const recovery = await openRecovery({
      dataFolder,
      listen,
      version: VERSION,
      log,
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(tls ? { tls } : {}),
    });
    try {
      cli.err.line(`listening on ${recovery.url}; waiting for agents`);
      await listenFor(cli, recovery, waitMs);
      const preview = recovery.preview();
      sayPreview(dryRun ? cli.out : cli.err, preview);
      if (dryRun) return sayDryRun(cli);
      if (!(await confirm(cli, yes, `Start epoch ${preview.newEpoch} with this?`))) return 1;
      const { epoch, intents, nodes, newTokenFiles } = await recovery.write();
      cli.out.line(`epoch ${epoch} of ${preview.fleetId}: ${intents} intents, ${nodes} nodes`);
      for (const file of newTokenFiles) cli.out.line(`new token in ${file}`);
      cli.err.line('Next    start the server as always: its agents follow by themselves');
      return 0;
    } finally {
      await recovery.stop();
    }
  },
});

/** Until every node of the old store was heard, or the time is over. A store that is gone names none: then the time counts. */
async function listenFor(
  cli: Cli,
  recovery: Pick<Recovery, 'changed' | 'preview'>,
  waitMs: number,
): Promise<void> {
  const { clock } = cli.world;
  const end = clock.monotonicMs() + waitMs;
  const knowsNodes = recovery.preview().missing.length > 0;
  let said = '';
  for (;;) {
    const { heard, missing } = recovery.preview();
    const text =
      heard.length === 0
        ? ''
        : `heard ${foldNodeSet(heard)}${missing.length === 0 ? '' : `, not yet ${foldNodeSet(missing)}`}`;
    if (text !== said) cli.err.line(text);
    said = text;
    if ((knowsNodes && missing.length === 0) || clock.monotonicMs() >= end) return;
    await recovery.changed();
  }
}

function sayPreview(
  out: Cli['out'],
  { fleetId, newEpoch, heard, missing, regained, kept, ended }: RecoveryPreview,
): void {
  out.line(`Fleet   ${fleetId}, next epoch ${newEpoch}`);
  out.line(`Heard   ${heard.length === 0 ? 'nobody' : foldNodeSet(heard)}`);
  if (missing.length > 0) out.line(`Missing ${foldNodeSet(missing)}: each waits for \`hafleet node adopt\``);
  for (const intent of regained) out.line(`Regains ${intentText(intent)}`);
  for (const intent of kept) out.line(`Keeps   ${intentText(intent)}`);
  for (const { intent, endedBy } of ended)
    out.line(`Drops   ${intentText(intent)}: ended since, says ${endedBy}`);
  if (regained.length + kept.length === 0) out.line('Keeps   no intent: nothing is held out anywhere');
}
