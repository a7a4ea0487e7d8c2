import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { subtractIntent } from './subtract.ts';
import type { IntentMeaning, IntentTarget } from './types.ts';

function readTarget(text: string): IntentTarget {
  const [, instance = '', backend = '', server = ''] = /^([^:]+):([^/]+)\/(.+)$/.exec(text.trim()) ?? [];
  return { instance, backend, server };
}

function readMeaning(text: string): IntentMeaning {
  const [, target = '', on = '', exclude] = /^(\S+) on (\S+)(?: minus (\S+))?$/.exec(text.trim()) ?? [];
  const want = { aspect: 'state', state: 'maint' } as const;
  return { ...readTarget(target), on, want, ...(exclude === undefined ? {} : { exclude }) };
}

function print({ instance, backend, server, on, exclude }: IntentMeaning): string {
  return `${instance}:${backend}/${server} on ${on}${exclude === undefined ? '' : ` minus ${exclude}`}`;
}

const cases = readFileSync(new URL('./cases/subtract.case', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.includes('|') && !line.startsWith('#'));

describe('what an ended intent leaves of an older one', () => {
  it.each(cases)('%s', (line) => {
    const [older = '', ended = '', rest = ''] = line.split('|');
    const [left = '', known = ''] = rest.split(' in ');
    const places = known.split(' ').filter(Boolean).map(readTarget);
    const result = subtractIntent(readMeaning(older), readMeaning(ended), places).map(print);
    expect(result.join(' ; ') || '-').toBe(left.trim());
  });
});
