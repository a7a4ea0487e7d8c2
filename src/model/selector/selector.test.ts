import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  editDistance,
  isHaproxyName,
  matchServers,
  nearMisses,
  parseSelector,
  resolveSelector,
} from './index.ts';
import type { InstanceServers, SelectorResolution, ServerRef, ServerSelector } from './index.ts';

function parse(text: string): ServerSelector {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return parsed.value;
}

function refs(...names: string[]): ServerRef[] {
  return names.map((name) => {
    const [backend = '', server = ''] = name.split('/');
    return { backend, server };
  });
}

const known = refs('web/web1', 'web/web2', 'web/web10', 'api/web1', 'api/api1', 'auth/auth');

function matched(text: string): string[] {
  return matchServers(parse(text), known).map(({ backend, server }) => `${backend}/${server}`);
}

const fleet: InstanceServers[] = [
  { instance: 'lb1/http', servers: known },
  { instance: 'lb2/http', servers: refs('web/web1', 'web/web2') },
  { instance: 'lb1/ldap', servers: refs('ldap/ldap1') },
];

function resolve(text: string): SelectorResolution {
  return resolveSelector(parse(text), fleet);
}

describe('selectors', () => {
  it('takes backend/server as it is and a bare server in every backend', () => {
    expect(matched('web/web1')).toEqual(['web/web1']);
    expect(matched('web1')).toEqual(['web/web1', 'api/web1']);
  });

  it('takes globs and ranges on either side', () => {
    expect(matched('web/web[1-6]')).toEqual(['web/web1', 'web/web2']);
    expect(matched('web/web[1-9/2]')).toEqual(['web/web1']);
    expect(matched('web[1-9/2]')).toEqual(['web/web1', 'api/web1']);
    expect(matched('*/web1')).toEqual(['web/web1', 'api/web1']);
    expect(matched('a*/*')).toEqual(['api/web1', 'api/api1', 'auth/auth']);
    expect(matched('web/web?')).toEqual(['web/web1', 'web/web2']);
  });

  it.each([
    ['', 'selector-empty 1'],
    ['web/', 'selector-bad-name 5'],
    ['/web1', 'selector-bad-name 1'],
    ['web/web1;show info', 'selector-bad-name 9'],
    ['web/web1\nshow info', 'selector-bad-name 9'],
    ['web/web1 web2', 'selector-bad-name 9'],
    ['a/b/c', 'selector-bad-name 4'],
    ['web/<<', 'selector-bad-name 5'],
    ['  web/w$1', 'selector-bad-name 8'],
    ['web/web[1-', 'selector-bad-name 5'],
    ['web/web[3-1]', 'selector-bad-name 8'],
    ['web[1-100000]', 'selector-too-many-names 1'],
    ['w'.repeat(2_000), 'selector-too-long 1024'],
  ])('refuses %j', (text, expected) => {
    const parsed = parseSelector(text);
    expect(parsed.ok ? 'accepted' : `${parsed.error.code} ${parsed.error.column}`).toBe(expected);
  });

  it('accepts a literal name exactly when HAProxy could have given it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), (name) => {
        fc.pre(!/[*?[\]/]/.test(name) && name.trim() === name);
        expect(parseSelector(`b/${name}`).ok).toBe(isHaproxyName(name));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('selectors over a fleet', () => {
  it('finds every pair and skips instances that have none', () => {
    expect(resolve('web/web1')).toEqual({
      pairs: [
        { instance: 'lb1/http', backend: 'web', server: 'web1' },
        { instance: 'lb2/http', backend: 'web', server: 'web1' },
      ],
      servers: ['web/web1'],
      skipped: ['lb1/ldap'],
      notes: [],
    });
  });

  it('suggests what a typing error may have meant', () => {
    expect(resolve('web/wbe1').notes).toEqual([
      { kind: 'unknown', name: 'web/wbe1', suggestions: ['web/web1'] },
    ]);
    expect(resolve('lpad1').notes).toEqual([{ kind: 'unknown', name: 'lpad1', suggestions: [] }]);
    expect(resolve('lda1').notes).toEqual([{ kind: 'unknown', name: 'lda1', suggestions: ['ldap1'] }]);
  });

  it('notes each name of a range that nobody has', () => {
    const { servers, notes } = resolve('web/web[1-3]');
    expect(servers).toEqual(['web/web1', 'web/web2']);
    expect(notes).toMatchObject([{ kind: 'unknown', name: 'web/web3' }]);
  });

  it('says when a bare name is a backend, or both, or stands in several backends', () => {
    expect(resolve('web').notes).toEqual([{ kind: 'is-backend', backend: 'web' }]);
    expect(resolve('auth').notes).toEqual([{ kind: 'also-backend', backend: 'auth' }]);
    expect(resolve('web1').notes).toEqual([{ kind: 'several-backends', backends: ['api', 'web'] }]);
  });

  it('measures edits', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(nearMisses('WEB7', ['web1', 'web77', 'zzz'])).toEqual(['web1', 'web77']);
    expect(nearMisses('x', ['abcdef'])).toEqual([]);
  });
});
