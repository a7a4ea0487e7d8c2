import { describe, expect, it } from 'vitest';
import { instanceReport, serverMessage, tryParse, wireIntent } from './index.ts';

const ODD: unknown = JSON.parse('{"length":{"toString":1}}');

describe('tryParse', () => {
  it('refuses what makes the library throw', () => {
    expect(() => wireIntent.safeParse({ who: ODD })).toThrow(TypeError);
    for (const value of [{ who: ODD }, { id: ODD }])
      expect(tryParse(wireIntent, value).error?.issues).toMatchObject([{ message: /cannot be checked/ }]);
  });

  it('gives what safeParse gives otherwise', () => {
    expect(tryParse(serverMessage, { type: 'tell-held' })).toEqual({
      success: true,
      data: { type: 'tell-held' },
    });
    expect(tryParse(serverMessage, 7).success).toBe(false);
  });

  it('leaves out the one entry of a list that cannot be checked', () => {
    const instance = {
      name: 'http',
      groups: [],
      mode: 'observe',
      reading: 'ok',
      readAgeMs: 0,
      full: true,
      servers: [],
      gone: [],
      intents: [
        { id: 'CHG-1:web/web1', revision: 1, status: 'done', servers: 1, message: ODD },
        { id: 'CHG-2:web/web1', revision: 1, status: 'done', servers: 1 },
      ],
    };
    expect(tryParse(instanceReport, instance).data?.intents).toMatchObject([{ id: 'CHG-2:web/web1' }]);
  });
});
