import { expect } from 'vitest';
import type { CliResult } from '../../dev/index.ts';

/** What a person saw, for the message of a failed expectation. */
export function told({ stdout, stderr }: CliResult): string {
  return `\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}

/** Expects this exit code and no stack trace, and gives the result back. */
export function exits(result: CliResult, code: number): CliResult {
  expect(result.code, told(result)).toBe(code);
  expect(result.stdout + result.stderr, told(result)).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  return result;
}

export interface Document<T> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly generatedAt: string;
  readonly verdict?: string;
  readonly items: readonly T[];
}

/** Standard output as the one JSON document it has to be. */
export function documentOf<T = Record<string, unknown>>(result: CliResult): Document<T> {
  const document = JSON.parse(result.stdout) as Document<T>;
  expect(document, told(result)).toMatchObject({ apiVersion: 'hafleet/v1', items: expect.any(Array) });
  expect(document.kind).toMatch(/^[A-Z]\w+$/);
  return document;
}
