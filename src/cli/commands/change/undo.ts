import { runWrite } from '../../change/run.ts';
import { readWriteOptions, type WriteOptions } from '../../change/write-options.ts';
import { defineCommand } from '../../command.ts';
import { WRITE_OPTIONS } from '../../options.ts';

interface UndoOptions {
  readonly id: string;
  readonly write: WriteOptions;
}

export const command = defineCommand<UndoOptions>({
  about:
    'Gives back what was before. A server that comes in again does so behind green checks, and one that goes out ' +
    'again is held by the guards: an undo is a change like any other.',
  args: [{ syntax: '<change>', text: 'its id: CHG-12' }],
  options: WRITE_OPTIONS.filter(({ flags }) => !flags.startsWith('--ticket')),
  examples: ['hafleet change undo CHG-12', 'hafleet change undo CHG-12 --dry-run'],
  read: ([id = ''], typed) => ({ id, write: readWriteOptions(typed) }),
  async run(cli, { id, write }) {
    const { api } = await cli.connect();
    const body = { reason: write.reason, overrides: [...write.overrides] };
    return runWrite(cli, { options: write, send: (dryRun) => api.undoChange(id, { ...body, dryRun }) });
  },
});
