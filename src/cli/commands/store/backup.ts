import { defineCommand } from '../../command.ts';
import { usageError } from '../../errors.ts';
import { sayBackup } from '../../store/backup-text.ts';
import { DATA_OPTION, readDataFolder } from '../../store/options.ts';

interface StoreBackupOptions {
  readonly dataFolder: string;
  readonly outFile: string;
}

export const command = defineCommand<StoreBackupOptions>({
  about:
    'Copies the store to a new file, also while a server runs on it. Tokens and credentials are in it as digests only. ' +
    'The key of the fleet (fleet.key in the data folder) is not: keep a copy of it apart, for `store recover`.',
  options: [DATA_OPTION, { flags: '--out <file>', text: 'the file to write; it must not exist' }],
  examples: [
    'hafleet store backup --data /var/lib/hafleet --out /backup/hafleet.db',
    'hafleet store backup --out hafleet-2026-11-20.db',
  ],
  read: (_args, typed, cli) => {
    const outFile = typed.text('out');
    if (outFile === undefined) throw usageError('--out is missing', 'name the file to write');
    return { dataFolder: readDataFolder(typed, cli), outFile };
  },
  async run(cli, { dataFolder, outFile }) {
    const { backupStore } = await import('../../../server/main.ts');
    const info = await backupStore(dataFolder, outFile);
    return sayBackup(cli, info, outFile);
  },
});
