import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectCode, keys, put } from '../contract/harness.contract.ts';
import { openEmbeddedStore, type EmbeddedStoreOptions, type EmbeddedStore } from './embedded-store.ts';
import { bundleProgram, firstLine, startProgram } from './fixtures/child.ts';
import { tempFolder } from './fixtures/temp-folder.ts';

async function open(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const store = await openEmbeddedStore(options);
  onTestFinished(() => store.close());
  return store;
}

describe('the file of an embedded store', () => {
  it('has one writing process, whose death frees it', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'store.db');
    const child = startProgram(await bundleProgram('holder', folder), path);
    onTestFinished(() => child.kill());
    expect(await firstLine(child)).toBe('open');
    await expect(openEmbeddedStore({ path })).rejects.toMatchObject({
      code: 'store-locked',
      hint: expect.stringContaining('fuser') as string,
    });
    const reader = await open({ path, readOnly: true });
    expect(await keys(reader)).toEqual(['holder']);
    await child.kill();
    await put(await open({ path }), 'after', '');
    expect(await keys(reader)).toEqual(['after', 'holder']);
  });

  it('stays locked when the same process tries again in vain', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'store.db');
    await open({ path });
    await expectCode(openEmbeddedStore({ path }), 'store-locked');
    const child = startProgram(await bundleProgram('holder', folder), path);
    onTestFinished(() => child.kill());
    expect(await firstLine(child)).toBe('store-locked');
  });

  it('can be opened again after it was closed', async () => {
    const path = join(await tempFolder(), 'store.db');
    for (let i = 0; i < 3; i++) await (await openEmbeddedStore({ path })).close();
    expect(await keys(await open({ path }))).toEqual([]);
  });

  it('is readable by its owner alone, whatever the umask', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const path = join(await tempFolder(), 'store.db');
    await put(await open({ path }), 'a', '1');
    for (const suffix of ['', '-wal', '-shm', '.lock'])
      expect(statSync(path + suffix).mode & 0o777, suffix).toBe(0o600);
  });

  it('must be in a folder that exists', async () => {
    const path = join(await tempFolder(), 'missing', 'store.db');
    await expectCode(openEmbeddedStore({ path }), 'store-unavailable');
    await expectCode(openEmbeddedStore({ path, readOnly: true }), 'store-unavailable');
  });

  it('opened for reading sees the owner go on, and refuses to write', async () => {
    const path = join(await tempFolder(), 'store.db');
    const owner = await open({ path });
    const { revision } = await put(owner, 'a', '1');
    const reader = await open({ path, readOnly: true });
    await put(owner, 'a', '2');
    expect(await reader.range({ key: 'a' })).toMatchObject({
      revision: revision + 1,
      entries: [{ value: '2' }],
    });
    expect((await reader.range({ key: 'a', atRevision: revision })).entries).toMatchObject([{ value: '1' }]);
    await expectCode(put(reader, 'a', '3'), 'store-read-only');
    await expectCode(reader.grant(1000), 'store-read-only');
    expect(() => reader.watch({ key: 'a' })).toThrow('opened for reading only');
  });
});
