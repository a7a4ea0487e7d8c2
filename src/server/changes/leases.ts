import { errorText, isHafleetError, type Clock, type Logger } from '../../lib/index.ts';
import { confirmLease, leaseStatus, leaseStep, startLease, type Lease } from '../../model/index.ts';
import type { Mirror } from '../store/mirror.ts';
import type { IntentRecord } from '../store/records.ts';
import { isEnding } from './intents.ts';
import type { ChangeService } from './service.ts';

/** How often leases are counted. */
const TICK_MS = 250;
/** A server that has just started has read nobody, nodes are away, a disk is full: what passes is tried again sooner. */
const RETRY_PASSING_MS = 1_000;
/** A lease whose end failed at the gate is tried again after this long, doubling up to the most. */
const RETRY_FIRST_MS = 60_000;
const RETRY_MOST_MS = 30 * 60_000;

export interface LeaseParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly intents: Mirror<IntentRecord>;
  readonly service: Pick<ChangeService, 'accept'>;
}

interface Counted {
  lease: Lease;
  /** An end is being brought about; not asked for twice. */
  ending: boolean;
  retryMs: number;
  passingMs: number;
}

/**
 * Ends timed intents. Counts on the monotonic clock alone; the wall clock is only watched for jumps. After a restart the
 * time left is taken from the end as written, which is all there is.
 */
export function createLeaseKeeper({ clock, log, intents, service }: LeaseParts) {
  const counted = new Map<string, Counted>();
  let last = { monotonic: clock.monotonicMs(), wall: clock.wallMs() };

  const tick = () => {
    const now = { monotonic: clock.monotonicMs(), wall: clock.wallMs() };
    const elapsedMs = now.monotonic - last.monotonic;
    const wallJumpMs = now.wall - last.wall - elapsedMs;
    last = now;
    for (const change of counted.keys()) if (!timed().has(change)) counted.delete(change);
    for (const [change, until] of timed()) count(change, until, { elapsedMs, wallJumpMs });
  };

  /** Changes that hold something until a time. A lease belongs to the change: its intents end together. */
  const timed = () => {
    const ends = new Map<string, number>();
    for (const { value } of intents.entries.values())
      if (value.until !== undefined && !isEnding(value)) ends.set(value.change, value.until);
    return ends;
  };

  const count = (change: string, until: number, step: { elapsedMs: number; wallJumpMs: number }) => {
    const known = counted.get(change);
    const lease = known ? leaseStep(known.lease, step) : startLease(until - clock.wallMs());
    const retries = { retryMs: RETRY_FIRST_MS, passingMs: RETRY_PASSING_MS };
    const one = known ? Object.assign(known, { lease }) : { lease, ending: false, ...retries };
    counted.set(change, one);
    if (leaseStatus(lease).kind === 'overdue' && !one.ending) void end(change, one);
  };

  const end = async (change: string, one: Counted) => {
    one.ending = true;
    const held = [...intents.entries.values()]
      .map(({ value }) => value)
      .filter((value) => value.change === change);
    const outcome = await endHeld(service, held).catch((thrown: unknown) => {
      log.warn({ change, error: errorText(thrown) }, 'a lease could not be ended');
      return isPassing(thrown) ? 'not-now' : 'failed';
    });
    if (outcome === 'ended') return;
    one.lease = startLease(outcome === 'not-now' ? one.passingMs : one.retryMs);
    if (outcome === 'not-now') one.passingMs = Math.min(RETRY_FIRST_MS, one.passingMs * 2);
    else one.retryMs = Math.min(RETRY_MOST_MS, one.retryMs * 2);
    one.ending = false;
  };

  const timer = setInterval(tick, TICK_MS);
  return {
    tick,
    /** Somebody has looked at a suspended lease and says that it may end. */
    confirm(change: string): void {
      const one = counted.get(change);
      if (one) one.lease = confirmLease(one.lease);
    },
    /** How each counted lease stands, by change. */
    standing: () =>
      new Map([...counted].map(([change, { lease }]) => [change, leaseStatus(lease).kind] as const)),
    stop: () => clearInterval(timer),
  };
}

function isPassing(thrown: unknown): boolean {
  return isHafleetError(thrown) && (thrown.retryable || thrown.code === 'guard-refused');
}

/**
 * Takes the servers of a lease back in, through the same gate as a person would. `ended`: done, or done everywhere but on
 * nodes that follow when they return. A gate that is still waiting when this gives up is asked about again later.
 */
async function endHeld(
  service: Pick<ChangeService, 'accept'>,
  held: readonly IntentRecord[],
): Promise<'ended' | 'failed'> {
  const [first] = held;
  if (!first) return 'ended';
  const { change } = await service.accept(
    {
      kind: first.want.aspect === 'weight' ? 'weight' : 'enable',
      ...(first.want.aspect === 'weight' ? { weight: null } : {}),
      targets: held.map(({ backend, server }) => `${backend}/${server}`),
      on: first.on,
      ...(first.exclude === undefined ? {} : { exclude: first.exclude }),
      ...(first.instance === '*' ? {} : { instance: first.instance }),
      reason: `the time of ${first.change} is over`,
      waitMs: 60_000,
    },
    { who: `lease of ${first.change}` },
  );
  const isEnded = change === null || change.state === 'done' || change.state === 'partial';
  return isEnded ? 'ended' : 'failed';
}
