import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { API_ERRORS } from './errors.ts';

const PAGE = new URL('../../docs/reference/errors.md', import.meta.url);

function printPage(): string {
  const rows = Object.entries(API_ERRORS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { status, exit, summary }]) =>
        `| \`${code}\` | ${status === 0 ? '–' : status} | ${exit} | ${summary} |`,
    );
  return [
    '# Error codes',
    '',
    'Every error of the API has one of these codes, a sentence, and where somebody can act the next step. The last number is what the CLI exits with.',
    '',
    '| code | HTTP | exit | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

describe('docs/reference/errors.md', () => {
  it('lists every error code as the code has it', () => {
    if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, printPage());
    expect(readFileSync(PAGE, 'utf8')).toBe(printPage());
  });
});
