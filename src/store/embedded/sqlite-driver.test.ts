import { describe, expect, it } from 'vitest';
import { hasQuietSqlite } from './sqlite-driver.ts';

describe("Node's own SQLite", () => {
  it.each([
    ['20.19.0', false],
    ['22.13.0', false],
    ['22.23.3', false],
    ['24.14.0', false],
    ['24.15.0', true],
    ['25.6.1', false],
    ['25.7.0', true],
    ['26.0.0', true],
  ])('is used where it prints no warning (%s: %s)', (version, expected) => {
    expect(hasQuietSqlite(version)).toBe(expected);
  });
});
