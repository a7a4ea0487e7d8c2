import { describe, expect, it } from 'vitest';
import type { FleetEvent, TokenScope } from '../../api/index.ts';
import { narrowEvent, readEvents } from './read-events.ts';

const EVERYTHING: TokenScope = { backends: ['*'], nodes: ['*'], sites: ['*'] };

function event(id: number, more: Partial<FleetEvent> = {}): FleetEvent {
  return { id, at: id * 1_000, severity: 'info', code: 'test', source: 'server', message: '', ...more };
}

const LOG = [
  event(1, { code: 'change-accepted' }),
  event(2, { severity: 'warning', node: 'lb1' }),
  event(3, { severity: 'critical', node: 'lb[2-4]' }),
  event(4, { code: 'change-done', node: 'lb10' }),
];
const ids = (items: readonly FleetEvent[]) => items.map(({ id }) => id);

describe('reading events', () => {
  it('begins with the newest and goes on page by page', () => {
    const first = readEvents(LOG, { scope: EVERYTHING, limit: 3 });
    expect([ids(first.items), first.next]).toEqual([[4, 3, 2], 2]);
    const second = readEvents(LOG, { scope: EVERYTHING, limit: 3, after: 2 });
    expect([ids(second.items), second.next]).toEqual([[1], undefined]);
  });

  it.each([
    ['these and worse', { severity: 'warning' as const }, [3, 2]],
    ['a glob of codes', { code: 'change-*' }, [4, 1]],
    ['from a time on', { since: 3_000 }, [4, 3]],
    ['any of these nodes, folded or not', { nodes: new Set(['lb1', 'lb3']) }, [3, 2]],
  ])('takes %s', (_, filter, expected) => {
    expect(ids(readEvents(LOG, { ...filter, scope: EVERYTHING }).items)).toEqual(expected);
  });
});

describe('a token with a scope', () => {
  const scope: TokenScope = { backends: ['web'], nodes: ['lb1', 'lb3'], sites: [] };

  it.each([
    ['sees the nodes it reaches alone', { node: 'lb[1-4]', backend: 'web' }, { node: 'lb[1,3]' }],
    ['sees what became of a node it reaches', { node: 'lb1' }, { node: 'lb1' }],
    ['sees changes of its backends', { backend: 'web', change: 'CHG-1' }, { change: 'CHG-1' }],
    ['does not see nodes out of reach', { node: 'lb2', backend: 'web' }, undefined],
    ['does not see other backends', { node: 'lb1', backend: 'api' }, undefined],
    ['does not see what may name any server', { node: 'lb1', source: 'agent' as const }, undefined],
    ['does not see changes of several backends', { change: 'CHG-1', node: 'lb1' }, undefined],
    ['does not see what is about the whole fleet', {}, undefined],
  ])('%s', (_, given, expected) => {
    const seen = narrowEvent(event(1, given), scope);
    if (expected) expect(seen).toMatchObject(expected);
    else expect(seen).toBeUndefined();
  });
});
