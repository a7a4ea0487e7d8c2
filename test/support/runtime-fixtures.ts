import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../src/haproxy/runtime/fixtures');

/** The versions whose answers are kept, each in a folder of its own. */
export const FIXTURE_VERSIONS = ['2.6', '3.0', '3.2', '3.4'] as const;
export type FixtureVersion = (typeof FIXTURE_VERSIONS)[number];

/** The raw bytes that a real HAProxy answered to a command, as on a fresh connection. */
export function readRawAnswer(version: FixtureVersion, name: string): Buffer {
  const whole = readFileSync(join(FOLDER, version, `${name}.txt`));
  return whole.subarray(whole.indexOf('\n') + 1);
}

/** The text of that answer, without the empty line that ended it. */
export function readAnswer(version: FixtureVersion, name: string): string {
  return readRawAnswer(version, name).toString('utf8').replace(/\n$/, '');
}
