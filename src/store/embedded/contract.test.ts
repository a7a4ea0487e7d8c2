import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualTime } from '../manual-time.ts';
import { storeContract, type StoreUnderTest } from '../store.contract.ts';
import { openEmbeddedStore } from './embedded-store.ts';

async function openInFolder(): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'hafleet-store-'));
  const path = join(folder, 'store.db');
  const time = createManualTime();
  const first = await openEmbeddedStore({ path, time });
  let store = first;
  return {
    store: first,
    time,
    advance: (ms) => time.advance(ms),
    async reopen() {
      await store.close();
      store = await openEmbeddedStore({ path, time });
      return store;
    },
    compact: (revision) => store.compact(revision),
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

storeContract('embedded', openInFolder);
