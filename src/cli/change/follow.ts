import { ApiError, type Change } from '../../api/index.ts';
import type { Api, Cli } from '../cli.ts';
import { printLine } from '../text/index.ts';
import { untilSignal } from '../signals.ts';
import { progressLine } from './progress.ts';

export interface Followed {
  /** As it was last seen. */
  readonly change: Change;
  /** `interrupted`: Ctrl-C; `timed-out`: --timeout. The change itself goes on in both. */
  readonly ended: 'settled' | 'interrupted' | 'timed-out';
}

/** How long one request is held by the server. */
const HOLD_MS = 20_000;
/** How long a server that stopped answering is asked again: a restart of it does not touch the change. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 1_000;

/** Waits until the change is settled, showing on standard error how far it is. */
export async function followChange(cli: Cli, first: Change): Promise<Followed> {
  const { api, direct } = await cli.connect();
  const { timeoutMs } = cli.settings;
  const startedMs = cli.world.clock.monotonicMs();
  const leftMs = () =>
    timeoutMs === undefined ? HOLD_MS : timeoutMs - (cli.world.clock.monotonicMs() - startedMs);
  const show = createProgress(cli);
  const poll = createPoll(cli, api);
  let change = first;
  let timedOut = false;
  const interrupted = await untilSignal(cli.world, async (signal) => {
    while (change.state === 'running' && !timedOut) {
      show(change);
      const waitMs = Math.max(0, Math.min(HOLD_MS, Math.ceil(leftMs())));
      change = await poll(change, waitMs, signal);
      timedOut = leftMs() <= 0;
    }
  });
  cli.err.clearLive();
  if (change.state !== 'running' && !(interrupted && direct)) return { change, ended: 'settled' };
  return { change, ended: interrupted ? 'interrupted' : 'timed-out' };
}

/** Asks again while the server is away. @throws ApiError when it stays away. */
function createPoll(cli: Cli, api: Api) {
  let heardMs = cli.world.clock.monotonicMs();
  return async (seen: Change, waitMs: number, signal: AbortSignal): Promise<Change> => {
    try {
      const change = await api.change(seen.id, { waitMs, seen: seen.version, signal });
      heardMs = cli.world.clock.monotonicMs();
      return change;
    } catch (thrown) {
      const away = thrown instanceof ApiError && thrown.retryable;
      if (!away || cli.world.clock.monotonicMs() - heardMs > PATIENCE_MS) throw thrown;
      await cli.world.sleep(RETRY_MS, signal);
      return seen;
    }
  };
}

/** A line that changes on a terminal; elsewhere one line for each event, and none that says the same again. */
function createProgress(cli: Cli): (change: Change) => void {
  let last = '';
  return (change) => {
    const line = progressLine(change);
    const text = printLine(line);
    if (text === last) return;
    last = text;
    if (cli.err.isTty) cli.err.live(line);
    else cli.err.line(line);
  };
}
