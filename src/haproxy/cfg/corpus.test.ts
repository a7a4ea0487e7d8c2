import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasErrors, parseConfig, printConfig, readConfigModel } from './index.ts';

const folder = join(import.meta.dirname, '../../../test/corpus/cfg');
const names = readdirSync(folder).filter((name) => name.endsWith('.cfg'));

/** Files that real HAProxy refuses, and why hafleet says so too. The old syntax of 1.4 is a matter for lint. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'tabs-no-final-newline.cfg': ['missing-final-newline'],
  'quotes.cfg': ['unmatched-quote', 'unmatched-quote'],
};

function read(name: string) {
  return readFileSync(join(folder, name), 'utf8');
}

describe('the corpus', () => {
  it('has at least twelve files', () => {
    expect(names.length).toBeGreaterThanOrEqual(12);
  });

  it.each(names)('%s prints back byte for byte', (name) => {
    expect(printConfig(parseConfig(read(name)))).toBe(read(name));
  });

  it.each(names)('%s has only the errors it was written for', (name) => {
    const { diagnostics } = readConfigModel([parseConfig(read(name))]);
    const errors = diagnostics
      .filter((diagnostic) => diagnostic.severity === 'error')
      .map(({ code }) => code);
    expect(errors).toEqual(REFUSED[name] ?? []);
    expect(hasErrors(diagnostics)).toBe(name in REFUSED);
  });

  it.each(names)('%s has servers, each with an address', (name) => {
    const { model } = readConfigModel([parseConfig(read(name))]);
    const servers = model.proxies.flatMap((proxy) => proxy.servers);
    expect(servers.length).toBeGreaterThan(0);
    expect(servers.filter(({ host, unixPath }) => host === '' && unixPath === undefined)).toEqual([]);
  });
});
