import { describe, expect, it } from 'vitest';
import { indexIntents } from './winning.ts';
import type { Intent } from './types.ts';

function intent(order: number, more: Partial<Intent> = {}): Intent {
  return {
    id: `CHG-${order}:web/web1`,
    order,
    revision: order,
    instance: '*',
    backend: 'web',
    server: 'web1',
    want: { aspect: 'state', state: 'maint' },
    phase: 'holding',
    ...more,
  };
}

const web1 = { backend: 'web', server: 'web1' };

describe('which intent holds a server', () => {
  it('is the one of the newest change, whatever was stepped last', () => {
    const index = indexIntents([intent(1, { revision: 99 }), intent(2)], 'http');
    expect(index.winner(web1, 'state')?.order).toBe(2);
  });

  it('is decided for state and weight apart', () => {
    const weight = intent(2, { want: { aspect: 'weight', weight: 5 } });
    const index = indexIntents([intent(1), weight], 'http');
    expect([index.winner(web1, 'state')?.order, index.winner(web1, 'weight')?.order]).toEqual([1, 2]);
  });

  it('leaves out other instances and other backends, and takes `*` for all', () => {
    const index = indexIntents([intent(1, { backend: '*' }), intent(2, { instance: 'ldap' })], 'http');
    expect(index.winner(web1, 'state')?.order).toBe(1);
    expect(index.winner({ backend: 'api', server: 'web1' }, 'state')?.order).toBe(1);
    expect(index.winner({ backend: 'api', server: 'web2' }, 'state')).toBeUndefined();
  });

  it('does not depend on the order they come in', () => {
    const all = [intent(1), intent(3, { id: 'CHG-3:a' }), intent(3, { id: 'CHG-3:b' }), intent(2)];
    for (const list of [all, [...all].reverse()])
      expect(indexIntents(list, 'http').winner(web1, 'state')?.id).toBe('CHG-3:b');
  });
});
