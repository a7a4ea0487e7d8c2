import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IntentStatus, type LocalRequest, localRequest, wireIntent } from '../../api/index.ts';
import { type Held, openHeld } from '../held/held.ts';
import { createLocalBook } from './book.ts';

let folder: string;
let held: Held;
let nowMs: number;
let statuses: Map<string, IntentStatus>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hf-book-'));
  held = openHeld(join(folder, 'held.json'));
  nowMs = 0;
  statuses = new Map();
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = { wallMs: () => 1_000, monotonicMs: () => nowMs };
const open = () => createLocalBook({ held, node: 'lb1', clock, statusesOf: () => statuses });

function asked(number: number, more: Partial<LocalRequest> = {}): LocalRequest {
  return localRequest.parse({
    id: `LOC-${String(number).padStart(12, '0')}`,
    kind: 'disable',
    instance: 'http',
    servers: [{ backend: 'web', server: 's1' }],
    who: 'mara',
    why: 'disk',
    ...more,
  });
}

const agreed = wireIntent.parse({
  id: 'CHG-9:web/s1',
  change: 'CHG-9',
  order: 9,
  revision: 9,
  instance: '*',
  backend: 'web',
  server: 's1',
  want: { aspect: 'state', state: 'drain' },
  phase: 'holding',
  who: 'mara',
  why: '',
  from: 0,
});
const POSITION = { fleetId: 'f', epoch: 1, revision: 9, digest: 'd' };

describe('local changes', () => {
  it('are above everything a server wants, and name who asked and where', () => {
    const book = open();
    book.add(asked(1));
    held.accept(POSITION, [agreed]);
    expect(held.intents).toEqual([agreed]);
    expect(held.effective.at(-1)).toMatchObject({
      id: 'LOC-000000000001:web/s1',
      order: 10,
      who: 'mara@lb1',
      why: 'disk',
      want: { aspect: 'state', state: 'maint' },
      phase: 'holding',
    });
    expect(() => held.effective.map((one) => wireIntent.parse(one))).not.toThrow();
  });

  it('are taken in once, also after they went to a server', () => {
    const book = open();
    book.add(asked(1));
    book.add(asked(1));
    expect(book.reports()).toHaveLength(1);
    expect(book.taken([{ id: asked(1).id, change: 'CHG-10' }])).toHaveLength(1);
    expect(book.taken([{ id: asked(1).id, change: 'CHG-10' }])).toHaveLength(0);
    book.add(asked(1));
    expect(book.reports()).toEqual([]);
    expect(book.answer(asked(1).id)).toMatchObject({ taken: 'CHG-10' });
  });

  it('are on disk, so that a killed agent still holds them', () => {
    open().add(asked(1));
    held.persist();
    held = openHeld(join(folder, 'held.json'));
    expect(open().reports()).toMatchObject([{ id: asked(1).id, at: 1_000 }]);
    expect(held.effective).toHaveLength(1);
  });

  it('replace older ones for the same servers, which are still told of', () => {
    const book = open();
    const both = [
      { backend: 'web', server: 's1' },
      { backend: 'web', server: 's2' },
    ];
    book.add(asked(1, { servers: both }));
    book.add(asked(2, { kind: 'drain', servers: both.slice(0, 1) }));
    book.add(asked(3, { kind: 'weight', weight: 5 }));
    book.add(asked(4, { kind: 'enable', servers: both.slice(0, 1) }));
    expect(book.reports().map(({ kind, servers, over }) => [kind, servers.length, over])).toEqual([
      ['disable', 1, undefined],
      ['drain', 1, undefined],
      ['weight', 1, undefined],
    ]);
    expect(held.effective.map(({ change }) => change.at(-1))).toEqual(['1', '2', '3', '4']);
    const { id = '' } = held.effective.at(-1) ?? {};
    statuses.set(id, { id, revision: 1, status: 'done', servers: 1 });
    book.tick();
    expect(book.reports().map(({ kind, over }) => [kind, over])).toEqual([
      ['disable', undefined],
      ['drain', 'superseded'],
      ['weight', undefined],
      ['enable', undefined],
    ]);
    expect(held.effective.map(({ change }) => change.at(-1))).toEqual(['1', '3', '4']);
  });

  it('go back when checks stay red until the deadline, and are told of when they are back', () => {
    const book = open();
    book.add(asked(2));
    book.add(asked(1, { kind: 'enable', gateMs: 500 }));
    const id = held.effective.at(-1)?.id ?? '';
    const stands = (status: IntentStatus['status'], revision: number) =>
      statuses.set(id, { id, revision, status, servers: 1 });
    stands('gating', 1);
    expect(book.tick()).toBe(false);
    nowMs = 499;
    expect(book.tick()).toBe(false);
    nowMs = 500;
    expect(book.tick()).toBe(true);
    expect(held.effective[1]).toMatchObject({ phase: 'returning', revision: 2 });
    expect(book.reports()).toMatchObject([{ kind: 'disable' }]);
    stands('done', 1);
    expect(book.tick()).toBe(false);
    stands('done', 2);
    expect(book.answer(asked(1).id)?.statuses).toEqual([]);
    expect(book.tick()).toBe(true);
    expect(held.effective).toMatchObject([{ want: { state: 'maint' } }]);
    expect(book.reports()).toMatchObject([{ kind: 'disable' }, { kind: 'enable', over: 'failed' }]);
  });

  it('are told of an enable when it is in: a server would begin another gate', () => {
    const book = open();
    book.add(asked(1, { kind: 'enable' }));
    expect(book.reports()).toEqual([]);
    const [id = ''] = held.effective.map((one) => one.id);
    statuses.set(id, { id, revision: 1, status: 'done', servers: 1 });
    expect(book.reports()).toMatchObject([{ kind: 'enable' }]);
  });

  it('do not go back once they are in', () => {
    const book = open();
    book.add(asked(1, { kind: 'enable', gateMs: 500 }));
    const [id = ''] = held.effective.map((one) => one.id);
    statuses.set(id, { id, revision: 1, status: 'done', servers: 1 });
    nowMs = 10_000;
    expect(book.tick()).toBe(false);
    statuses.set(id, { id, revision: 1, status: 'gating', servers: 1 });
    expect(book.tick()).toBe(false);
  });

  it('have a limit', () => {
    const book = open();
    for (let at = 0; at < 600; at++) book.add(asked(at));
    expect(book.reports()).toHaveLength(500);
    expect(book.reports().at(-1)?.over).toBeUndefined();
    const other = (at: number) => ({ servers: [{ backend: 'web', server: `x${at}` }] });
    for (let at = 1000; at < 1499; at++) book.add(asked(at, other(at)));
    expect(() => book.add(asked(1500, other(1500)))).toThrow(
      expect.objectContaining({ code: 'too-many-local-changes' }),
    );
  });
});
