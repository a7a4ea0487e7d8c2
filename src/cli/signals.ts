import type { World } from './world.ts';

/**
 * Runs `work` until it ends or a signal comes. The first signal only aborts the AbortSignal; a second one ends the
 * program at once, for whoever asks twice means it. True when a signal came.
 */
export async function untilSignal(
  world: World,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const controller = new AbortController();
  const stop = world.onSignal(() => {
    if (controller.signal.aborted) world.exitNow(130);
    else controller.abort();
  });
  try {
    await work(controller.signal);
  } catch (thrown) {
    if (!controller.signal.aborted) throw thrown;
  } finally {
    stop();
  }
  return controller.signal.aborted;
}
