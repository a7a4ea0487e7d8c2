import { describe, expect, it } from 'vitest';
import type { WireIntent } from '../../api/index.ts';
import { rebuildIntents, type HeldByNode } from './rebuild.ts';

function intent(id: string, revision: number, more: Partial<WireIntent> = {}): WireIntent {
  return {
    id,
    change: id.split(':')[0] ?? '',
    order: Number(/\d+/.exec(id)?.[0]),
    revision,
    instance: '*',
    backend: 'web',
    server: 'web1',
    want: { aspect: 'state', state: 'maint' },
    phase: 'holding',
    on: '*',
    who: 'mara',
    why: 'disk',
    from: 0,
    ...more,
  };
}

function node(name: string, revision: number, intents: readonly WireIntent[], labels = {}): HeldByNode {
  return { name, labels, intents, position: { fleetId: 'f', epoch: 1, revision, digest: 'd' } };
}

const ids = (nodes: readonly HeldByNode[]) => rebuildIntents(nodes).intents.map(({ id }) => id);

describe('intents from what the agents hold', () => {
  it('are all that anybody holds, each once, who and why and node set as they were', () => {
    const one = intent('CHG-1:web/web1', 5, { on: '@edge', exclude: 'lb9' });
    const rebuilt = rebuildIntents([
      node('lb1', 9, [one]),
      node('lb2', 9, [one, intent('CHG-2:web/web2', 9, { on: 'lb2' })]),
    ]);
    expect(rebuilt.intents.map(({ id }) => id)).toEqual(['CHG-1:web/web1', 'CHG-2:web/web2']);
    expect(rebuilt.intents[0]).toMatchObject({ on: '@edge', exclude: 'lb9', who: 'mara', why: 'disk' });
    expect(rebuilt.lastChange).toBe(2);
  });

  it('take the newest step of an intent', () => {
    const [old, fresh] = [intent('CHG-1:a', 5), intent('CHG-1:a', 8, { phase: 'returning' })];
    expect(rebuildIntents([node('lb1', 5, [old]), node('lb2', 8, [fresh])]).intents[0]?.phase).toBe(
      'returning',
    );
  });

  it('leave out what ended while a node was off, and say who knows', () => {
    const old = intent('CHG-1:a', 5);
    const rebuilt = rebuildIntents([node('lb1', 5, [old]), node('lb2', 12, [])]);
    expect(rebuilt.intents).toEqual([]);
    expect(rebuilt.ended).toMatchObject([{ intent: { id: 'CHG-1:a' }, heldBy: 'lb1', endedBy: 'lb2' }]);
  });

  it('keep what only one node was meant by, however much others know', () => {
    expect(ids([node('lb1', 5, [intent('CHG-1:a', 5, { on: 'lb1' })]), node('lb2', 12, [])])).toEqual([
      'CHG-1:a',
    ]);
  });

  it('keep it when the node without it knows no more than the one with it', () => {
    const old = intent('CHG-1:a', 5);
    expect(ids([node('lb1', 12, [old]), node('lb2', 4, [])])).toEqual(['CHG-1:a']);
  });
});
