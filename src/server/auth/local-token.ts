import { join } from 'node:path';
import type { TokenRequest } from '../../api/index.ts';
import { systemClock } from '../../lib/index.ts';
import { openEmbeddedStore } from '../../store/index.ts';
import { STORE_FILE } from '../listen.ts';
import { createToken, type NewToken } from './tokens.ts';

/**
 * Makes a token on the store's own machine, with no server running: who may write the store's file may enter. Refused with
 * `store-locked` while a server runs; then the API makes tokens.
 */
export async function createLocalToken(dataFolder: string, wanted: TokenRequest): Promise<NewToken> {
  const store = await openEmbeddedStore({ path: join(dataFolder, STORE_FILE) });
  try {
    return await createToken(store, wanted, { clock: systemClock, createdBy: 'the store’s own machine' });
  } finally {
    await store.close();
  }
}
