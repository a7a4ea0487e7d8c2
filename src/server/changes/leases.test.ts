import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, ChangeRequest } from '../../api/index.ts';
import { createManualClock, HafleetError, type ManualClock } from '../../lib/index.ts';
import { createMemoryMirror, type MemoryMirror } from '../recover/memory-mirror.ts';
import type { IntentRecord } from '../store/records.ts';
import { createLeaseKeeper } from './leases.ts';

const HOUR = 3_600_000;

let clock: ManualClock;
let intents: MemoryMirror<IntentRecord>;
let asked: ChangeRequest[];
let answer: () => Promise<Pick<Change, 'state'>>;
let keeper: ReturnType<typeof createLeaseKeeper>;

function open(): void {
  keeper = createLeaseKeeper({
    clock,
    log: pino({ level: 'silent' }),
    intents,
    service: {
      accept: async (request) => {
        asked.push(request);
        return { change: (await answer()) as Change, plan: {} as never };
      },
    },
  });
  keeper.tick();
}

/** An hour's lease on web1, taken at the clock's present wall time. */
function hold(): void {
  const id = 'CHG-1:web/web1';
  const about = {
    id,
    change: 'CHG-1',
    order: 1,
    instance: '*',
    backend: 'web',
    server: 'web1',
    on: 'lb*',
    who: 'mara',
    why: 'disk',
  };
  intents.set(id, {
    ...about,
    want: { aspect: 'state', state: 'maint' },
    phase: 'holding',
    from: clock.wallMs(),
    until: clock.wallMs() + HOUR,
  });
}

/** Lets the clock run in steps, as the keeper's own timer does. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    clock.advance(Math.min(left, 1000));
    keeper.tick();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

beforeEach(() => {
  clock = createManualClock(1_000_000_000_000);
  intents = createMemoryMirror();
  asked = [];
  answer = async () => ({ state: 'done' });
  hold();
  open();
});

afterEach(() => keeper.stop());

describe('a lease', () => {
  it('ends when its time has run on the monotonic clock, through the gate, on the nodes it was made for', async () => {
    await pass(HOUR - 2000);
    expect(asked).toEqual([]);
    await pass(3000);
    expect(asked).toMatchObject([{ kind: 'enable', targets: ['web/web1'], on: 'lb*' }]);
  });

  it('does not end early or late by a clock that is corrected a little', async () => {
    clock.jumpWall(3000);
    await pass(HOUR - 2000);
    expect(asked).toEqual([]);
    await pass(3000);
    expect(asked).toHaveLength(1);
  });

  it.each([HOUR, -HOUR])(
    'is stopped by a wall clock that jumps by %i ms, until somebody confirms',
    async (jump) => {
      clock.jumpWall(jump);
      await pass(HOUR + 5000);
      expect(asked).toEqual([]);
      expect(keeper.standing().get('CHG-1')).toBe('suspended');
      keeper.confirm('CHG-1');
      await pass(1000);
      expect(asked).toHaveLength(1);
    },
  );

  it('that ran out while no server was there ends when one is back', async () => {
    keeper.stop();
    clock.advance(2 * HOUR);
    open();
    await pass(1000);
    expect(asked).toHaveLength(1);
  });

  it('whose gate stayed red is tried again, ever more seldom', async () => {
    answer = async () => ({ state: 'failed' });
    await pass(HOUR + 1000);
    expect(asked).toHaveLength(1);
    await pass(61_000);
    expect(asked).toHaveLength(2);
    await pass(61_000);
    expect(asked).toHaveLength(2);
    await pass(61_000);
    expect(asked).toHaveLength(3);
  });

  it('that nobody can be told to end now is tried again soon', async () => {
    answer = () => Promise.reject(new HafleetError('store-full', 'full', { retryable: true }));
    await pass(HOUR + 1000);
    answer = async () => ({ state: 'done' });
    await pass(3000);
    expect(asked.length).toBeGreaterThan(1);
  });

  it('counts no more when its servers are back in', async () => {
    intents.remove('CHG-1:web/web1');
    await pass(HOUR + 5000);
    expect(asked).toEqual([]);
  });
});
