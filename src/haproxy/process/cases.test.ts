import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, readConfigModel } from '../cfg/index.ts';
import { parseArguments } from './argv.ts';
import { findObstacles, type SocketProbe } from './findings.ts';
import { stateFileUse } from './state-file-lines.ts';

const FOLDER = join(import.meta.dirname, 'cases');
const DIVIDER = '---\n';

/** Above: the command line, then `probe ADDRESS RESULT [LEVEL] [group G]`. In the middle haproxy.cfg. Below: what is found. */
describe('what stands in the way', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.case'))) {
    it(file.replace('.case', '').replaceAll('-', ' '), () => {
      const path = join(FOLDER, file);
      const [given = '', config = '', expected = ''] = readFileSync(path, 'utf8').split(DIVIDER);
      const text = run(given, config);
      if (process.env['UPDATE_CASES']) writeFileSync(path, [given, config, text].join(DIVIDER));
      else expect(text).toBe(expected);
    });
  }
});

function run(given: string, config: string): string {
  const [command = '', ...rest] = given.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const args = parseArguments(command.split(' '));
  if (!args) return 'not HAProxy\n';
  const { model } = readConfigModel([parseConfig(config, { file: '/etc/haproxy/haproxy.cfg' })]);
  const findings = findObstacles({
    arguments: args,
    configFile: '/etc/haproxy/haproxy.cfg',
    model,
    probes: rest.map(readProbe),
    stateFile: stateFileUse(model, '/etc/haproxy'),
    user: 'hafleet',
  });
  const { executable, checkOnly, ...said } = args;
  const lines = [
    `${executable}${checkOnly ? ' (checks only)' : ''} ${JSON.stringify(said)}`,
    ...findings.map(({ code, blocks, message }) => `${blocks ? 'needs' : 'wants'} ${code}: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

const RESULTS = ['ok', 'denied', 'missing', 'silent'] as const;
const LEVELS = ['user', 'operator', 'admin'] as const;

function readProbe(line: string): SocketProbe {
  const [, address = '', ...words] = line.split(' ');
  const level = LEVELS.find((one) => words.includes(one));
  const group = words[words.indexOf('group') + 1];
  return {
    address,
    result: RESULTS.find((one) => words.includes(one)) ?? 'ok',
    ...(level && { level }),
    ...(words.includes('group') && group !== undefined && { group }),
  };
}
