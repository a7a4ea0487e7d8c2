import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../root.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hf-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Runs one function of dev/setup/debian.sh. */
function debian(call: string, env: Readonly<Record<string, string>> = {}): string {
  const script = `. dev/setup/common.sh; . dev/setup/debian.sh; ${call}`;
  return execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: ROOT,
    encoding: 'utf8',
    // A bash with a socket for its input takes itself for a remote shell, and reads the person's start-up files.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], APT_FOLDER: folder, ...env },
  }).trim();
}

describe('the Debian mirror', () => {
  it('comes from one-line sources', () => {
    write('sources.list', 'deb cdrom:[x]/ bookworm main\n# deb http://old.example.org/debian x main\n');
    write(
      'sources.list.d/a.list',
      'deb [arch=amd64 signed-by=/k.gpg] http://one.example.org/debian bookworm main\n',
    );
    expect(debian('debian_mirror')).toBe('http://one.example.org/debian');
  });

  it('comes from deb822 sources, never from a comment or the security archive', () => {
    write(
      'sources.list.d/debian.sources',
      [
        'Types: deb',
        '# http://snapshot.example.org/archive/debian/20250520T000000Z',
        'URIs: http://sec.example.org/debian-security',
        '',
        'Types: deb',
        'URIs: https://two.example.org/debian/',
        '',
      ].join('\n'),
    );
    expect(debian('debian_mirror')).toBe('https://two.example.org/debian');
  });

  it('comes from the mirror list of a cloud image', () => {
    write('sources.list.d/debian.sources', 'Types: deb\nURIs: mirror+file:/etc/apt/mirrors/debian.list\n');
    write('mirrors/debian.list', 'https://three.example.org/debian\n');
    expect(debian('debian_mirror')).toBe('https://three.example.org/debian');
  });

  it('is the one that was asked for', () => {
    expect(debian('debian_mirror', { HAFLEET_DEBIAN_MIRROR: 'http://four.example.org/debian/' })).toBe(
      'http://four.example.org/debian',
    );
  });

  it('is nothing where apt knows of none', () => {
    write('sources.list', 'deb http://archive.example.org/ubuntu noble main\n');
    expect(debian('debian_mirror')).toBe('');
  });
});

describe('the packages of a suite', () => {
  const INDEX = `Package: haproxy
Version: 3.0.11-1
Depends: adduser, libc6 (>= 2.39), libssl3t64 | libssl3, libpcre2-8-0
Filename: pool/h/haproxy.deb
SHA256: aa

Package: libc6
Version: 2.41
Depends: libgcc-s1
Filename: pool/g/libc6.deb
SHA256: bb

Package: libgcc-s1
Version: 14
Depends: gcc-14-base, libc6 (>= 2.35)
Filename: pool/g/libgcc.deb
SHA256: cc

Package: libssl3t64
Version: 3.5
Filename: pool/o/libssl.deb
SHA256: dd

Package: adduser
Version: 3
Filename: pool/a/adduser.deb
SHA256: ee
`;

  it('are the wanted one and the libraries it needs, each once', () => {
    const index = write('Packages', INDEX);
    execFileSync('xz', [index]);
    expect(debian(`index_rows ${index}.xz haproxy`).split('\n')).toEqual([
      'haproxy 3.0.11-1 pool/h/haproxy.deb aa',
      'libc6 2.41 pool/g/libc6.deb bb',
      'libssl3t64 3.5 pool/o/libssl.deb dd',
      'libgcc-s1 14 pool/g/libgcc.deb cc',
    ]);
  });

  it('are nothing when the suite does not have it', () => {
    const index = write('Packages', INDEX);
    execFileSync('xz', [index]);
    expect(debian(`index_rows ${index}.xz nginx`)).toBe('');
  });
});

function exitOf(script: string, argument: string) {
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'dev/setup', script), argument], {
    encoding: 'utf8',
  });
  return { status, stdout };
}

describe('node_modules', () => {
  const lock = (packages: object) => JSON.stringify({ packages });

  it.each([
    ['is current when it holds what the lock file names', { a: { version: '1' } }, 0],
    ['is not when a version differs', { a: { version: '2' } }, 1],
    ['is not when a package is missing', {}, 1],
  ])('%s', (_, installed, status) => {
    const wanted = {
      '': {},
      'node_modules/a': { version: '1' },
      'node_modules/b': { version: '1', optional: true },
    };
    const there = Object.fromEntries(
      Object.entries(installed).map(([name, value]) => [`node_modules/${name}`, value]),
    );
    write('package-lock.json', lock(wanted));
    write('node_modules/.package-lock.json', lock(there));
    expect(exitOf('npm-is-current.mjs', folder).status).toBe(status);
  });

  it('is not current when it is not there', () => {
    write('package-lock.json', lock({}));
    expect(exitOf('npm-is-current.mjs', folder).status).toBe(1);
  });
});

describe('the last line of npm test', () => {
  const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };

  it('counts tests, and fails when one failed', () => {
    const clean = write(
      'a.json',
      JSON.stringify({ numPassedTests: 5, numFailedTests: 0, testResults: [passed] }),
    );
    expect(exitOf('print-counts.mjs', clean)).toEqual({ status: 0, stdout: '5 passed, 0 failed\n' });
    const red = write(
      'b.json',
      JSON.stringify({ numPassedTests: 4, numFailedTests: 1, testResults: [passed] }),
    );
    expect(exitOf('print-counts.mjs', red)).toEqual({ status: 1, stdout: '4 passed, 1 failed\n' });
  });

  it('counts a file that could not be run as failed', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const file = write(
      'c.json',
      JSON.stringify({ numPassedTests: 4, numFailedTests: 0, testResults: [passed, broken] }),
    );
    expect(exitOf('print-counts.mjs', file)).toEqual({ status: 1, stdout: '4 passed, 1 failed\n' });
  });

  it('is a failure when no test ran, or there is no report', () => {
    const none = write('d.json', JSON.stringify({ numPassedTests: 0, numFailedTests: 0, testResults: [] }));
    for (const file of [none, join(folder, 'nothing.json')])
      expect(exitOf('print-counts.mjs', file)).toEqual({ status: 1, stdout: '0 passed, 0 failed\n' });
  });
});
