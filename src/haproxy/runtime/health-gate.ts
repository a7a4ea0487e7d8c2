import { RuntimeError } from './codec/errors.ts';
import { unexpectedAnswer } from './codec/lines.ts';
import { findRefusal } from './codec/refusals.ts';
import { throwRefusal, type Ask } from './ask.ts';
import { serverWord, type ServerRef } from './server-ref.ts';
import { CHECK_FLAGS, readServersState, type ServerStateRow } from './servers-state.ts';
import type { RequestOptions } from './transport.ts';

/**
 * `gated`: the server is in drain and down, and its own check will bring it up. Not gated: no check will, so
 * `state ready` sends it traffic unseen; that has to be said before.
 */
export type HealthGate =
  | { readonly gated: true }
  | { readonly gated: false; readonly reason: 'no-check' | 'check-disabled' | 'refused' };

/**
 * The way out of maint: drain and down in one line, so that no request slips in between; then the caller waits for
 * operational state 2 and sets `ready`.
 *
 * The check is looked up first. HAProxy refuses `health down` only for a server that tracks another one; without a check
 * it takes it in silence (2.6 to 3.2) and the server stays down for ever, also after `ready`. Where there is no check,
 * nothing is sent.
 *
 * Throws `no-such-server` and every refusal of the two commands. With reason `refused` the server is in drain.
 */
export async function startHealthGate(
  ask: Ask,
  ref: ServerRef,
  options?: RequestOptions,
): Promise<HealthGate> {
  const word = serverWord(ref);
  const row = (await readServersState(ask, ref.backend, options)).find(({ server }) => server === ref.server);
  if (!row) throw new RuntimeError('no-such-server', `HAProxy has no server ${word}.`);
  const obstacle = obstacleOf(row);
  if (obstacle) return { gated: false, reason: obstacle };
  const set = ['set', 'server', word];
  return judge(
    await ask.together(
      [
        [...set, 'state', 'drain'],
        [...set, 'health', 'down'],
      ],
      options,
    ),
  );
}

function obstacleOf({ checkState }: ServerStateRow): 'no-check' | 'check-disabled' | undefined {
  if (!(checkState & CHECK_FLAGS.configured)) return 'no-check';
  // A server of `add server` has its check configured, and it runs after `enable health` only.
  return checkState & CHECK_FLAGS.enabled ? undefined : 'check-disabled';
}

const UNGATED = new Set<string | undefined>(['tracking-server', 'checks-not-enabled']);

/** Two silent answers are two newlines; the last one was the framing's. */
function judge(text: string): HealthGate {
  if (text === '\n') return { gated: true };
  const words = text.trim();
  if (text.startsWith('\n') && UNGATED.has(findRefusal(words))) return { gated: false, reason: 'refused' };
  throwRefusal(words);
  throw unexpectedAnswer('set server state drain; set server health down', text);
}
