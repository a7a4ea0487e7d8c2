import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectCode, keys, put, read, revisionOf } from '../contract/harness.contract.ts';
import { createManualTime, type ManualTime } from '../manual-time.ts';
import type { Store } from '../store.ts';
import { openEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from './embedded-store.ts';
import { tempFolder } from './fixtures/temp-folder.ts';

const MB = 1024 * 1024;

describe.each(smallDisks())('an embedded store without space (%s)', (_, smallDisk) => {
  it('refuses what does not fit, keeps what was acknowledged, and goes on when there is space', async () => {
    const disk = await smallDisk();
    const acked = await fillUp(disk.store);
    expect(acked.length).toBeGreaterThan(10);
    await checkKept(disk.store, acked);
    const store = await disk.makeSpace();
    await checkKept(store, acked);
    const before = await revisionOf(store);
    expect((await put(store, 'after', '1')).revision).toBe(before + 1);
  });

  it('loses nothing when it is opened again while the disk is full', async () => {
    const disk = await smallDisk();
    const acked = await fillUp(disk.store);
    await checkKept(await disk.reopen(), acked);
  });

  it('rejects every transaction of a commit that failed, and applies none of them', async () => {
    const disk = await smallDisk();
    const before = await disk.store.range({ prefix: '' });
    const many = Array.from({ length: 100 }, (_, i) => put(disk.store, `k${i}`, 'x'.repeat(100_000)));
    const results = await Promise.allSettled(many);
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store-full' } });
    expect(await disk.store.range({ prefix: '' })).toEqual(before);
    expect((await put(disk.store, 'small', '1')).revision).toBe(before.revision + 1);
  });

  it('ends a lease that expired meanwhile, at the latest when there is space', async () => {
    const disk = await smallDisk();
    const lease = await disk.store.grant(5000);
    await put(disk.store, 'leased', '1', lease.id);
    await fillUp(disk.store);
    await disk.time.advance(6000);
    await expectCode(disk.store.keepAlive(lease.id), 'lease-not-found');
    const store = await disk.makeSpace();
    await disk.time.advance(6000);
    expect(await read(store, 'leased')).toBeUndefined();
  });
});

async function fillUp(store: Store): Promise<string[]> {
  const acked: string[] = [];
  try {
    for (;;) {
      const key = `k${acked.length}`;
      await put(store, key, key.repeat(1000));
      acked.push(key);
    }
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'store-full', retryable: true });
    return acked;
  }
}

async function checkKept(store: Store, acked: readonly string[]): Promise<void> {
  expect((await keys(store)).sort()).toEqual([...acked].sort());
  for (const key of acked) expect((await read(store, key))?.value).toBe(key.repeat(1000));
}

interface SmallDisk {
  readonly time: ManualTime;
  readonly store: EmbeddedStore;
  readonly reopen: () => Promise<EmbeddedStore>;
  readonly makeSpace: () => Promise<EmbeddedStore>;
}

type OpenSmallDisk = () => Promise<SmallDisk>;

/** SQLite's own limit everywhere; and a real full file system where this process may mount one. */
function smallDisks(): [string, OpenSmallDisk][] {
  const limited: [string, OpenSmallDisk] = ['a size limit', limitedFile];
  return canMount() ? [limited, ['a full file system', fullFileSystem]] : [limited];
}

async function limitedFile(): Promise<SmallDisk> {
  const path = join(await tempFolder(), 'store.db');
  const small = await reopenable({ path, maxFileBytes: MB });
  return { ...small, makeSpace: () => small.reopen({ path, maxFileBytes: 4 * MB }) };
}

async function fullFileSystem(): Promise<SmallDisk> {
  const folder = await tempFolder();
  mount(folder);
  onTestFinished(() => unmount(folder));
  const filler = join(folder, 'filler');
  writeFileSync(filler, Buffer.alloc(2 * MB));
  const small = await reopenable({ path: join(folder, 'store.db') });
  return {
    ...small,
    async makeSpace() {
      rmSync(filler);
      return small.store;
    },
  };
}

async function reopenable(options: EmbeddedStoreOptions) {
  const time = createManualTime();
  let store = await openEmbeddedStore({ ...options, time });
  onTestFinished(() => store.close());
  return {
    time,
    store,
    async reopen(others = options): Promise<EmbeddedStore> {
      await store.close();
      store = await openEmbeddedStore({ ...others, time });
      return store;
    },
  };
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'hafleet-mount-'));
  try {
    mount(folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

function mount(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
}
