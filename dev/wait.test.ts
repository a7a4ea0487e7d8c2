import { describe, expect, it } from 'vitest';
import { waitUntil } from './wait.ts';

describe('waitUntil', () => {
  it('gives the first answer that is one', async () => {
    const answers = [undefined, false, 0] as const;
    let at = 0;
    expect(await waitUntil(() => answers[at++], { for: 'x', everyMs: 1 })).toBe(0);
  });

  it('takes a throw for "not yet", and tells the last one when time is up', async () => {
    const never = waitUntil(() => Promise.reject(new Error('no socket')), {
      for: 'the socket',
      timeoutMs: 20,
    });
    await expect(never).rejects.toThrow('the socket: not within 20 ms (no socket)');
  });
});
