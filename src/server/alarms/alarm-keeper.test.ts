import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../lib/index.ts';
import type { AlarmFacts } from '../../model/index.ts';
import type { NewEvent } from '../events/event-log.ts';
import { createAlarmKeeper, type AlarmKeeper } from './alarm-keeper.ts';
import { alarmsInScope, selectAlarms } from './select-alarms.ts';

const NOTHING: AlarmFacts = {
  upMs: 60_000,
  nodes: [],
  instances: [],
  backends: [],
  servers: [],
  holds: [],
  drifts: [],
  store: undefined,
};
const place = { instance: 'http', backend: 'web', usable: 0, total: 4, floor: 2 };
const WRONG: AlarmFacts = {
  ...NOTHING,
  backends: ['lb1', 'lb2'].map((node) => ({ ...place, node })),
  nodes: [{ node: 'lb3', connected: false, silentMs: 20_000, standing: 'known', refusal: undefined }],
  holds: [
    { change: 'CHG-7', who: 'mara', backends: ['web'], servers: ['web/web1'], lease: 'suspended' },
    {
      change: 'CHG-8',
      who: 'mara',
      backends: ['web', 'api'],
      servers: ['web/web2', 'api/api1'],
      lease: 'suspended',
    },
  ],
  drifts: [{ node: 'lb1', change: 'CHG-9', backend: '*', server: 'web1' }],
  store: { code: 'store-full', message: 'full' },
};

let clock: ManualClock;
let facts: AlarmFacts;
let told: NewEvent[];
let keeper: AlarmKeeper;

beforeEach(() => {
  clock = createManualClock(1_000_000);
  facts = NOTHING;
  told = [];
  keeper = createAlarmKeeper({ clock, facts: () => facts, events: { add: (event) => told.push(event) } });
});

afterEach(() => keeper.stop());

const find = (code: string) => keeper.open().find((alarm) => alarm.code === code);

describe('open alarms', () => {
  it('keep since when, whatever the wall clock does', () => {
    facts = WRONG;
    keeper.look();
    clock.advance(5_000);
    clock.jumpWall(3_600_000);
    keeper.look();
    expect(find('backend-none-usable')).toMatchObject({ since: 1_000_000, ageMs: 5_000 });
  });

  it('begin when their cause did, where that is known', () => {
    facts = WRONG;
    keeper.look();
    expect(find('node-not-connected')).toMatchObject({ since: 980_000, ageMs: 20_000 });
  });

  it('begin anew after they were over', () => {
    for (const now of [WRONG, NOTHING, WRONG]) {
      facts = now;
      keeper.look();
      clock.advance(1_000);
    }
    expect(find('backend-none-usable')).toMatchObject({ since: 1_002_000, ageMs: 1_000 });
  });

  it('are told by an event when they begin and when they end, where nothing else tells it', () => {
    facts = WRONG;
    keeper.look();
    keeper.look();
    expect(told.map(({ code, node, change }) => [code, node ?? change])).toEqual([
      ['store-full', undefined],
      ['backend-none-usable', 'lb[1-2]'],
      ['lease-suspended', 'CHG-7'],
      ['lease-suspended', 'CHG-8'],
    ]);
    facts = NOTHING;
    keeper.look();
    expect(told.slice(4).map(({ code, severity }) => `${severity} ${code}`)).toContain(
      'info store-full-over',
    );
    expect(told).toHaveLength(8);
  });
});

describe('alarms that are shown', () => {
  beforeEach(() => {
    facts = WRONG;
    keeper.look();
  });

  const seen = (backends: string[], nodes: string[]) =>
    alarmsInScope(keeper.open(), { backends, nodes, sites: [] }).map(({ code, subject, nodes: on }) =>
      [code, subject, ...on].join(' '),
    );

  it('to a token are those of its nodes and backends, and nothing that may name others', () => {
    expect(seen(['web'], ['lb1', 'lb3'])).toEqual([
      'backend-none-usable web lb1',
      'lease-suspended CHG-7',
      'node-not-connected lb3 lb3',
    ]);
    expect(seen(['api'], ['*'])).toEqual(['node-not-connected lb3 lb3']);
    expect(seen(['*'], ['lb1'])).toEqual([
      'backend-none-usable web lb1',
      'lease-suspended CHG-7',
      'drift CHG-9:web1 lb1',
    ]);
    expect(seen(['*'], ['*'])).toHaveLength(6);
  });

  it('by status are those of what was asked for, and of the whole fleet', () => {
    const some = selectAlarms(keeper.open(), { nodes: new Set(['lb2']), backends: ['api'] });
    expect(some.map(({ code }) => code)).toEqual(['store-full', 'lease-suspended']);
  });
});
