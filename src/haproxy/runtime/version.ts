import { unexpectedAnswer } from './codec/lines.ts';
import type { Ask } from './ask.ts';
import type { RequestOptions } from './transport.ts';

export interface Version {
  /** As printed, such as `2.6.12-1+deb12u4`. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** `show version`, 2.3 and later. */
export async function readVersion(ask: Ask, options?: RequestOptions): Promise<Version> {
  return parseVersion((await ask.kept(['show', 'version'], options)).trim());
}

/** Throws `unexpected-answer`. A development build such as `3.3-dev5` has patch 0. */
export function parseVersion(text: string): Version {
  const match = /^(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?![\d.])\S*$/.exec(text);
  if (!match) throw unexpectedAnswer('show version', text);
  return { text, major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

/** Negative, zero or positive as `version` is before, at or after `major.minor.patch`. */
export function compareVersion(
  version: Version,
  [major, minor, patch]: readonly [number, number, number],
): number {
  return version.major - major || version.minor - minor || version.patch - patch;
}
