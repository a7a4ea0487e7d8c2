import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../lib/index.ts';
import { openEmbeddedStore, type Store, type TxnRequest } from '../../store/index.ts';
import { openEventLog, type EventLog, type EventLogOptions } from './event-log.ts';

let folder: string;
let store: Store;
let written: TxnRequest[];
let isFull: boolean;
const logs: EventLog[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hafleet-events-'));
  store = await openEmbeddedStore({ path: join(folder, 'store.db') });
  written = [];
  isFull = false;
});

afterEach(async () => {
  isFull = false;
  for (const log of logs.splice(0)) await log.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

async function open(options: Partial<EventLogOptions> = {}): Promise<EventLog> {
  const watched: Store = {
    ...store,
    limits: store.limits,
    range: (request) => store.range(request),
    async txn(request) {
      if (isFull) throw new Error('no room');
      written.push(request);
      return store.txn(request);
    },
  };
  const log = await openEventLog({
    store: watched,
    clock: createManualClock(1_000),
    log: pino({ level: 'silent' }),
    ...options,
  });
  logs.push(log);
  return log;
}

const event = (message: string) => ({ severity: 'info', code: 'test', message }) as const;
const messages = (log: EventLog) => log.all().map(({ message }) => message);
const many = (count: number) => Array.from({ length: count }, (_, at) => String(at + 1));

describe('the event log', () => {
  it('is read again after a restart, in its order, and goes on with its numbers', async () => {
    const before = await open();
    for (const text of many(12)) before.add(event(text));
    await before.flush();
    const after = await open();
    expect(messages(after)).toEqual(many(12));
    after.add(event('13'));
    expect(after.all().at(-1)).toEqual({ ...event('13'), id: 13, at: 1_000, source: 'server' });
  });

  it('shows what is not written yet', async () => {
    const log = await open();
    log.add(event('a'));
    expect(messages(log)).toEqual(['a']);
    expect(written).toEqual([]);
  });

  it('writes a burst in one transaction', async () => {
    const log = await open();
    for (const text of many(50)) log.add(event(text));
    await log.flush();
    expect(written).toHaveLength(1);
  });

  it('keeps the newest, here and in the store', async () => {
    const log = await open({ kept: 100 });
    for (const text of many(250)) log.add(event(text));
    await log.flush();
    expect(messages(log)).toEqual(many(250).slice(150));
    expect((await store.range({ prefix: 'events/' })).entries).toHaveLength(100);
    expect(messages(await open({ kept: 100 }))).toEqual(many(250).slice(150));
  });

  it('tells how many it could not keep, when there is room again', async () => {
    const log = await open({ waiting: 40 });
    isFull = true;
    for (const text of many(50)) log.add(event(text));
    for (const text of many(12)) log.add({ ...event(text), severity: 'critical' });
    expect(log.dropped()).toBe(20 + 2);
    expect(log.all().filter(({ severity }) => severity === 'critical')).toHaveLength(10);
    await log.flush();
    isFull = false;
    await log.flush();
    expect(log.all().at(-1)).toMatchObject({
      code: 'events-dropped',
      severity: 'warning',
      message: '22 events were not kept: there were more than could be written',
    });
  });

  it('loses nothing while the store refuses, and writes it once it takes it', async () => {
    const log = await open();
    isFull = true;
    log.add(event('a'));
    await log.flush();
    log.add(event('b'));
    expect(messages(log)).toEqual(['a', 'b']);
    isFull = false;
    await log.flush();
    expect(messages(await open())).toEqual(['a', 'b']);
  });

  it('leaves out what it cannot read, and goes on', async () => {
    await store.txn({
      success: [{ type: 'put', key: 'events/00000000000001', value: '{"from":"a later version"}' }],
    });
    const log = await open();
    expect(log.all()).toEqual([]);
  });
});
