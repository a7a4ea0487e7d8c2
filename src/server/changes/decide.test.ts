import { describe, expect, it } from 'vitest';
import type { InstanceResult } from '../../api/index.ts';
import { ACKNOWLEDGE_WITHIN_MS, type ChangeSituation, decideChange } from './decide.ts';

const HOUR = 3_600_000;

function result(node: string, word: InstanceResult['result'], code?: string): InstanceResult {
  return { node, instance: 'http', result: word, servers: 1, ...(code !== undefined && { code }) };
}

function gate(about: Partial<ChangeSituation>): ChangeSituation {
  return {
    kind: 'enable',
    drain: undefined,
    want: { aspect: 'state', state: 'ready' },
    phase: 'gating',
    results: [],
    awaited: [],
    upMs: HOUR,
    elapsedMs: 0,
    gateMs: 30_000,
    ...about,
  };
}

describe('a health gate', () => {
  const green = result('lb1', 'waiting', 'green');

  it('opens when everybody who can be asked is green', () => {
    expect(decideChange(gate({ results: [green, result('lb2', 'pending', 'agent-away')] }))).toEqual({
      do: 'phase',
      phase: 'entering',
    });
  });

  it('does not open for a server that has just started and has not heard everybody', () => {
    const pending = result('lb2', 'pending', 'agent-away');
    const early = gate({ results: [green, pending], awaited: ['lb2'], upMs: 100 });
    expect(decideChange(early)).toMatchObject({ do: 'wait', step: 'waiting for lb2 to connect' });
    expect(decideChange({ ...early, upMs: ACKNOWLEDGE_WITHIN_MS })).toMatchObject({ phase: 'entering' });
  });

  it('is not over, however long it takes, while nothing at all is known of its nodes', () => {
    for (const phase of ['gating', 'entering', 'returning'] as const)
      expect(decideChange(gate({ phase, awaited: ['lb1'], elapsedMs: HOUR }))).toMatchObject({ do: 'wait' });
  });
});
