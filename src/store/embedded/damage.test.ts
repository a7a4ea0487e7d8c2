import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isHafleetError } from '../../lib/index.ts';
import { expectCode, put } from '../contract/harness.contract.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import { tempFolder } from './fixtures/temp-folder.ts';
import { loadSqlite } from './sqlite-driver.ts';

const PAGE = 4096;

describe('a damaged store file', () => {
  it.each<[string, (path: string) => void]>([
    ['its header', (path) => overwrite(path, 0, 100)],
    ['all but its header', (path) => overwrite(path, PAGE, Infinity)],
    ['its schema', (path) => overwrite(path, 100, PAGE)],
    ['everything', (path) => writeFileSync(path, 'not a store at all\n'.repeat(1000))],
    ['its second half, lost', (path) => truncateSync(path, statSync(path).size / 2)],
  ])('is refused with a code and a hint (%s)', async (_, damage) => {
    const path = join(await tempFolder(), 'store.db');
    await fill(path);
    damage(path);
    const error = await openAndRead(path);
    expect(error).toMatchObject({ code: 'store-corrupt', retryable: false });
    expect(isHafleetError(error) && error.hint).toContain('restore the last backup');
  });

  it('is found at once when the process before was killed', async () => {
    const folder = await tempFolder();
    const [path, image] = [join(folder, 'store.db'), join(folder, 'image.db')];
    await fill(path);
    const store = await openEmbeddedStore({ path });
    await put(store, 'last', '');
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, image + suffix);
    await store.close();
    overwrite(image, ...pageOf(image, 'k100'));
    await expectCode(openEmbeddedStore({ path: image }), 'store-corrupt');
    await expectCode(openEmbeddedStore({ path: image }), 'store-corrupt');
  });
});

describe('a file that is not ours', () => {
  it.each([
    ['another program', 'CREATE TABLE theirs (x)'],
    ['a newer release', 'PRAGMA user_version = 99'],
  ])('is left alone (%s)', async (_, sql) => {
    const path = join(await tempFolder(), 'store.db');
    if (sql.startsWith('PRAGMA')) await fill(path);
    const db = (await loadSqlite()).open(path, {});
    db.exec(sql);
    db.close();
    await expectCode(openEmbeddedStore({ path }), 'store-incompatible');
    await expectCode(openEmbeddedStore({ path, readOnly: true }), 'store-incompatible');
  });
});

async function fill(path: string): Promise<void> {
  const store = await openEmbeddedStore({ path });
  for (let i = 0; i < 200; i++) await put(store, `k${i}`, 'x'.repeat(500));
  await store.close();
}

/** What comes of opening it, reading it all, and writing. */
async function openAndRead(path: string): Promise<unknown> {
  try {
    const store = await openEmbeddedStore({ path });
    try {
      return await store.range({ prefix: '' });
    } finally {
      await store.close();
    }
  } catch (thrown) {
    return thrown;
  }
}

/** A page in the middle, which opening alone would never read. */
function pageOf(path: string, text: string): [number, number] {
  const start = Math.floor(readFileSync(path).indexOf(text) / PAGE) * PAGE;
  return [start, start + PAGE];
}

function overwrite(path: string, from: number, to: number): void {
  const content = readFileSync(path);
  content.fill(0xa5, from, Math.min(to, content.length));
  writeFileSync(path, content);
}
