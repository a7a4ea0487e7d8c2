import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WireIntent } from '../../api/index.ts';
import { openHeld } from './held.ts';
import { judgePosition } from './position.ts';

const POSITION = { fleetId: 'f1', epoch: 2, revision: 10, digest: 'a' };

const INTENT: WireIntent = {
  id: 'CHG-1:web/web1',
  change: 'CHG-1',
  order: 1,
  revision: 10,
  instance: '*',
  backend: 'web',
  server: 'web1',
  want: { aspect: 'state', state: 'maint' },
  phase: 'holding',
  on: '*',
  who: 'mara',
  why: '',
  from: 0,
};

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hf-held-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('judgePosition', () => {
  it('refuses a leader that was cut off, whatever it counted up to', () => {
    const held = { ...POSITION, fence: 7 };
    const offered = { ...POSITION, revision: 99, digest: 'b', fence: 6 };
    expect(judgePosition(held, offered, 'b', held)).toMatchObject({ kind: 'refused', code: 'fence-lower' });
    expect(judgePosition(held, { ...offered, fence: 8 }, 'b', held).kind).toBe('accepted');
  });

  it('refuses what does not follow on what this node holds', () => {
    const offered = { ...POSITION, revision: 99, digest: 'b' };
    const other = { ...POSITION, digest: 'other' };
    expect(judgePosition(POSITION, offered, 'b', other)).toMatchObject({
      kind: 'refused',
      code: 'not-what-i-hold',
    });
    expect(judgePosition(POSITION, offered, 'b', POSITION).kind).toBe('accepted');
    expect(judgePosition(POSITION, offered, 'b').kind).toBe('accepted');
  });

  const judge = (change: object, digest = 'a') => {
    const verdict = judgePosition(POSITION, { ...POSITION, ...change }, digest);
    return verdict.kind === 'refused' ? verdict.code : verdict.kind;
  };

  it('takes whatever comes first', () => {
    expect(judgePosition(null, POSITION, 'a').kind).toBe('accepted');
  });

  it('takes a higher revision and knows the one it holds', () => {
    expect(judge({ revision: 11 })).toBe('accepted');
    expect(judge({})).toBe('same');
  });

  it('refuses a lower revision, another fleet and an unknown epoch', () => {
    expect(judge({ revision: 9 })).toBe('revision-lower');
    expect(judge({ fleetId: 'f2', revision: 99 })).toBe('other-fleet');
    expect(judge({ epoch: 3, revision: 99 })).toBe('unknown-epoch');
    expect(judge({ epoch: 1, revision: 99 })).toBe('unknown-epoch');
  });

  it('refuses intents that are not those the digest was made of', () => {
    expect(judge({ revision: 11 }, 'b')).toBe('digest-wrong');
    expect(judge({ digest: 'b' }, 'b')).toBe('revision-forked');
  });
});

describe('what is held', () => {
  it('is there again after a restart', () => {
    const path = join(folder, 'held.json');
    const held = openHeld(path);
    const memory = { intent: INTENT.id, revision: 10, worker: '1@2', done: true, gateFrom: 'maint' } as const;
    held.accept(POSITION, [INTENT]);
    held.remember('http', [{ key: 'web/web1/state', to: memory }]);
    held.persist();
    const again = openHeld(path);
    expect(again.position).toEqual(POSITION);
    expect(again.intents).toEqual([INTENT]);
    expect(again.memoryOf('http')).toEqual(new Map([['web/web1/state', memory]]));
  });

  it('forgets what nobody wants any more', () => {
    const held = openHeld(join(folder, 'held.json'));
    held.remember('http', [{ key: 'k', to: { intent: 'i', revision: 1, worker: 'w', done: false } }]);
    held.remember('http', [{ key: 'k', to: null }]);
    expect(held.memoryOf('http').size).toBe(0);
  });

  it('is not written when nothing changed', () => {
    const path = join(folder, 'held.json');
    openHeld(path).persist();
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });

  it('stops the agent when it cannot be read, rather than begin anew', () => {
    const path = join(folder, 'held.json');
    writeFileSync(path, '{"position":');
    expect(() => openHeld(path)).toThrow(expect.objectContaining({ code: 'held-unreadable' }));
  });
});
