import { setTimeout as sleep } from 'node:timers/promises';
import { HafleetError, errorText } from '../src/lib/index.ts';

export interface WaitOptions {
  /** What is waited for; stands in the error. */
  readonly for: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Tries until the answer is neither undefined nor false, and gives that answer. A throw counts as "not yet".
 * @throws HafleetError `wait-timeout` with the last failure as its cause
 */
export async function waitUntil<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { for: what, timeoutMs = 10_000, everyMs = 10 }: WaitOptions,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  } while (performance.now() < end);
  const reason = last === undefined ? '' : ` (${errorText(last)})`;
  throw new HafleetError('wait-timeout', `${what}: not within ${timeoutMs} ms${reason}`, { cause: last });
}
