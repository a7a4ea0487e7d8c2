import type { Logger } from '../lib/index.ts';
import type { World } from './world.ts';

/** A program that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * Starts it, waits for SIGTERM or SIGINT, stops it cleanly. A second signal ends the process at once. A signal during
 * the start counts: what has started by then is stopped.
 */
export async function runUntilSignal(
  world: World,
  log: Pick<Logger, 'info'>,
  start: () => Promise<Running>,
): Promise<number> {
  let signals = 0;
  let stopNow: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    stopNow = resolve;
  });
  const stopListening = world.onSignal((signal) => {
    if (++signals > 1) world.exitNow(130);
    log.info({ signal }, 'stopping');
    stopNow();
  });
  try {
    const running = await start();
    await asked;
    await running.stop();
    return 0;
  } finally {
    stopListening();
  }
}
