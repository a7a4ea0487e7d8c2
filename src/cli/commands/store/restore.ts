import { defineCommand } from '../../command.ts';
import { confirm, sayDryRun } from '../../confirm.ts';
import { storeNumbers } from '../../store/backup-text.ts';
import { DATA_OPTION, readDataFolder } from '../../store/options.ts';

interface StoreRestoreOptions {
  readonly dataFolder: string;
  readonly file: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const command = defineCommand<StoreRestoreOptions>({
  about:
    'Puts a backup in the place of the store, with the server stopped; the present store is kept beside it. Agents that know ' +
    'more than the backup keep their state and take nothing from it: `hafleet store recover` then brings back what they hold.',
  args: [{ syntax: '<file>', text: 'what `hafleet store backup` wrote' }],
  options: [
    DATA_OPTION,
    { flags: '-n, --dry-run', text: 'show what would change, and change nothing' },
    { flags: '-y, --yes', text: 'do not ask' },
  ],
  examples: [
    'hafleet store restore /backup/hafleet.db --data /var/lib/hafleet --dry-run',
    'hafleet store restore /backup/hafleet.db --data /var/lib/hafleet --yes',
  ],
  read: ([file = ''], typed, cli) => ({
    dataFolder: readDataFolder(typed, cli),
    file,
    yes: typed.flag('yes'),
    dryRun: typed.flag('dry-run'),
  }),
  async run(cli, { dataFolder, file, yes, dryRun }) {
    const { restoreStore } = await import('../../../server/main.ts');
    const restore = (only: boolean) =>
      restoreStore(dataFolder, file, { dryRun: only, nowWallMs: cli.world.clock.wallMs() });
    const { backup, present } = await restore(true);
    const out = dryRun ? cli.out : cli.err;
    out.line(`Backup  ${storeNumbers(backup)}`);
    out.line(`Now     ${present ? storeNumbers(present) : 'no store that can be read'}`);
    if (present && present.fleetId !== backup.fleetId)
      out.line('Note    the backup is of another fleet: no agent of this one will follow it');
    if (dryRun) return sayDryRun(cli);
    if (!(await confirm(cli, yes, 'Put the backup in its place?'))) return 1;
    const { movedTo } = await restore(false);
    cli.out.line(`restored${movedTo === undefined ? '' : `; the store that was there is ${movedTo}`}`);
    cli.err.line(
      'Next    hafleet store recover, if anything was changed since the backup; then start the server',
    );
    return 0;
  },
});
