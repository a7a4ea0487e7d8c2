import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectCode, put } from '../contract/harness.contract.ts';
import { openEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from './embedded-store.ts';
import { tempFolder } from './fixtures/temp-folder.ts';

async function open(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const store = await openEmbeddedStore(options);
  onTestFinished(() => store.close());
  return store;
}

describe('a backup of an embedded store', () => {
  it('is a store with everything up to its revision, taken while writes go on', async () => {
    const folder = await tempFolder();
    const [path, copy] = [join(folder, 'store.db'), join(folder, 'backup.db')];
    const store = await open({ path });
    for (let i = 0; i < 50; i++) await put(store, `k${i}`, String(i));
    const before = await store.range({ prefix: '' });
    const writes = Promise.all(Array.from({ length: 50 }, (_, i) => put(store, `late${i}`, '')));
    await store.backup(copy);
    await writes;
    const restored = await open({ path: copy });
    const { revision } = await restored.range({ key: 'k0' });
    expect(revision).toBeGreaterThanOrEqual(before.revision);
    expect(await restored.range({ prefix: '' })).toEqual({
      ...(await store.range({ prefix: '', atRevision: revision })),
      revision,
    });
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  it('can be taken by another process, beside the server', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'store.db');
    await put(await open({ path }), 'a', '1');
    const reader = await open({ path, readOnly: true });
    await reader.backup(join(folder, 'backup.db'));
    const restored = await open({ path: join(folder, 'backup.db') });
    expect((await restored.range({ key: 'a' })).entries).toMatchObject([{ value: '1' }]);
  });

  it('never overwrites a file, and leaves nothing behind when it fails', async () => {
    const folder = await tempFolder();
    const copy = join(folder, 'backup.db');
    const store = await open({ path: join(folder, 'store.db') });
    writeFileSync(copy, 'mine');
    await expectCode(store.backup(copy), 'invalid-request');
    await expectCode(store.backup(join(folder, 'missing', 'backup.db')), 'store-unavailable');
    expect(existsSync(`${copy}.part`)).toBe(false);
  });
});
