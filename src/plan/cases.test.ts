import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printPlan } from './cases/print-plan.ts';
import { readCase } from './cases/read-case.ts';
import { planInstance } from './plan-instance.ts';
import { composeStateFile } from './state-file.ts';

const FOLDER = join(import.meta.dirname, 'cases');
const DIVIDER = '---\n';

/** `UPDATE_CASES=1` rewrites what stands below the divider; review reads the diff. */
describe('a plan', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.case'))) {
    it(file.replace('.case', '').replaceAll('-', ' '), () => {
      const path = join(FOLDER, file);
      const [given = '', expected = ''] = readFileSync(path, 'utf8').split(DIVIDER);
      const input = readCase(given);
      const plan = planInstance(input);
      const text = printPlan(plan, composeStateFile({ ...input, keep: plan.keep }));
      if (process.env['UPDATE_CASES']) writeFileSync(path, `${given}${DIVIDER}${text}`);
      else expect(text).toBe(expected);
    });
  }
});
