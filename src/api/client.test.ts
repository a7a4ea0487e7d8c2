import { describe, expect, it } from 'vitest';
import { createApiClient } from './index.ts';

const clientOf = (text: string) =>
  createApiClient({
    server: 'http://127.0.0.1:1',
    token: 't',
    fetch: () => Promise.resolve({ status: 200, text: () => Promise.resolve(text) }),
  });

describe('the client', () => {
  it.each(['', '<html>', '7', 'null'])(
    'says with a code that %j is no answer of a hafleet server',
    async (text) => {
      const client = clientOf(text);
      for (const call of [client.status(), client.nodes(), client.info()])
        await expect(call).rejects.toMatchObject({ name: 'ApiError', code: 'answer-unreadable' });
    },
  );
});
