import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './root.ts';
import { HAPROXY_VERSIONS, anyVersion, haproxyBinary, testedVersions } from './versions.ts';

describe('the HAProxy versions', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'hf-versions-'));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  const env = (more: NodeJS.ProcessEnv = {}) => ({ HAFLEET_CACHE: cache, PATH: '', ...more });
  function install(version: string): string {
    const folder = join(cache, 'haproxy', version);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'haproxy'), '');
    return join(folder, 'haproxy');
  }

  it('are those that setup.sh installs', () => {
    const file = JSON.parse(readFileSync(join(ROOT, 'dev/haproxy-versions.json'), 'utf8')) as object;
    expect(Object.keys(file)).toEqual([...HAPROXY_VERSIONS]);
  });

  it('are found in the cache', () => {
    const path = install('3.0');
    expect(haproxyBinary('3.0', env())).toBe(path);
  });

  it('that are missing name the command that brings them', () => {
    expect(() => haproxyBinary('3.2', env())).toThrow(
      expect.objectContaining({ code: 'haproxy-missing', hint: 'Run: bash dev/setup.sh 3.2' }),
    );
  });

  it('under test are the installed ones, or those that are asked for and then have to be there', () => {
    install('2.6');
    install('3.2');
    expect(testedVersions(env())).toEqual(['2.6', '3.2']);
    expect(testedVersions(env({ HAFLEET_HAPROXY: '3.2, 2.6' }))).toEqual(['3.2', '2.6']);
    expect(() => testedVersions(env({ HAFLEET_HAPROXY: 'all' }))).toThrow(/3\.0 is not installed/);
    expect(() => testedVersions(env({ HAFLEET_HAPROXY: '1.5' }))).toThrow(/"1\.5"/);
  });

  it('give a test that needs any one the wanted one, or the newest', () => {
    install('2.6');
    expect(anyVersion('2.6', env())).toBe('2.6');
    expect(anyVersion('3.0', env())).toBe('2.6');
  });
});
