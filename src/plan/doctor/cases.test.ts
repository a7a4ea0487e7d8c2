import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFacts } from './cases/read-facts.ts';
import { diagnoseAlone } from './diagnose.ts';
import type { Finding } from './finding.ts';

const FOLDER = join(import.meta.dirname, 'cases');
const DIVIDER = '---\n';

/** Above: facts. In the middle haproxy.cfg. Below: what the doctor says; `npx vitest` with UPDATE_CASES=1 rewrites it. */
describe('the doctor', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.case'))) {
    it(file.replace('.case', '').replaceAll('-', ' '), () => {
      const path = join(FOLDER, file);
      const [given = '', config = '', expected = ''] = readFileSync(path, 'utf8').split(DIVIDER);
      const text = printFindings(diagnoseAlone(readFacts(given, config)));
      if (process.env['UPDATE_CASES']) writeFileSync(path, [given, config, text].join(DIVIDER));
      else expect(text).toBe(expected);
    });
  }
});

/** What is well is one line of ids: the cases are about what is not. */
function printFindings(findings: readonly Finding[]): string {
  const well = findings.filter(({ severity }) => severity === 'ok').map(({ id }) => id);
  const found = findings.filter(({ severity }) => severity !== 'ok').flatMap(printFinding);
  return `${[...found, `well: ${well.join(' ')}`].join('\n')}\n`;
}

function printFinding({ severity, id, subject, verdict, evidence, fix }: Finding): string[] {
  return [
    `${severity} ${id} (${subject === '' ? 'machine' : subject}): ${verdict}`,
    ...evidence.map((line) => `    ${line}`),
    ...fix.map((line) => `  + ${line}`),
  ];
}
