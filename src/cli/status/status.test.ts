import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { statusAnswer } from '../../api/index.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS, printLines } from '../text/index.ts';
import { NOW, readFleet } from './cases/read-fleet.ts';
import { judgeStatus } from './judge.ts';
import { renderNagios } from './nagios.ts';
import { renderStatus } from './render.ts';
import { readTargets } from './select.ts';
import { verdictExit } from './verdict.ts';

const FOLDER = join(import.meta.dirname, 'cases');
const DIVIDER = '---\n';

/** A case: `# show` with targets and options, the fleet; below the divider what is printed, the exit code and Nagios' line. */
function show(given: string): string {
  const [, options = ''] = /^# show(.*)$/m.exec(given) ?? [];
  const targets = options.split(' ').filter((word) => word !== '' && !word.startsWith('-'));
  const answer = readFleet(given);
  if (!options.includes('--hostile')) expect(statusAnswer.parse(answer)).toEqual(answer);
  const report = judgeStatus(answer, readTargets(answer, targets));
  const glyphs = options.includes('--ascii') ? ASCII_GLYPHS : UNICODE_GLYPHS;
  const wide = options.includes('--wide');
  const lines = renderStatus({ report, context: 'prod', nowMs: NOW, glyphs, wide, width: undefined });
  return `${printLines(lines)}exit ${verdictExit(report.verdict)}\n${renderNagios(report)}\n`;
}

/** `UPDATE_CASES=1` rewrites what stands below the divider; review reads the diff. */
describe('status', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.case'))) {
    it(file.replace('.case', '').replaceAll('-', ' '), () => {
      const path = join(FOLDER, file);
      const [given = '', expected = ''] = readFileSync(path, 'utf8').split(DIVIDER);
      const text = show(given);
      if (process.env['UPDATE_CASES']) writeFileSync(path, `${given}${DIVIDER}${text}`);
      else expect(text).toBe(expected);
    });
  }
});
