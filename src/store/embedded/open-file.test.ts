import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from './fixtures/temp-folder.ts';
import { openFile } from './open-file.ts';

describe('a store file', () => {
  it.each([
    ['journal_mode', 'wal'],
    // FULL: every commit is synced before it is acknowledged. No test can cut the power; this one guards the setting.
    ['synchronous', 2],
  ])('is opened with %s = %s', async (pragma, wanted) => {
    const file = await openFile(join(await tempFolder(), 'store.db'), false);
    onTestFinished(() => file.close());
    expect(file.db.prepare(`PRAGMA ${pragma}`).get()).toMatchObject({ [pragma]: wanted });
  });
});
