import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigReadError, expandConfig, loadConfig } from './config-files.ts';
import { groupName } from './probe.ts';
import { groupProcesses, readProcesses } from './processes.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hf-proc-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function addProcess(pid: number, parent: number, argv: readonly string[], name = 'haproxy'): void {
  const path = join(folder, String(pid));
  mkdirSync(path);
  writeFileSync(join(path, 'cmdline'), argv.map((word) => `${word}\0`).join(''));
  writeFileSync(join(path, 'stat'), `${pid} (${name}) S ${parent} 1 1 0 -1`);
  symlinkSync('/etc/haproxy', join(path, 'cwd'));
}

describe('readProcesses', () => {
  it('finds masters with their workers and processes that work alone', () => {
    const argv = ['/usr/sbin/haproxy', '-Ws', '-f', 'haproxy.cfg'];
    addProcess(10, 1, argv);
    addProcess(11, 10, argv);
    addProcess(12, 10, [...argv, '-sf', '11']);
    addProcess(20, 1, ['haproxy', '-f', '/etc/haproxy/ldap.cfg']);
    const groups = groupProcesses(readProcesses(folder));
    expect(groups.map(({ main, workers }) => [main.pid, workers])).toEqual([
      [10, [11, 12]],
      [20, []],
    ]);
    expect(groups[0]?.main.folder).toBe('/etc/haproxy');
  });

  it('reads the parent of a process whose name holds brackets and spaces', () => {
    addProcess(10, 7, ['haproxy', '-f', 'a.cfg'], 'a) R 99 (b');
    expect(readProcesses(folder).map((one) => one.parent)).toEqual([7]);
  });

  it('leaves out checks, editors and processes without a command line', () => {
    addProcess(10, 1, ['haproxy', '-c', '-f', 'a.cfg']);
    addProcess(11, 1, ['vim', 'haproxy']);
    addProcess(12, 1, []);
    mkdirSync(join(folder, '13'));
    expect(readProcesses(folder)).toEqual([]);
  });
});

describe('loadConfig', () => {
  it('takes the .cfg files of a folder in the order of their names', () => {
    for (const name of ['b.cfg', 'a.cfg', '.hidden.cfg', 'c.map']) writeFileSync(join(folder, name), '');
    expect(expandConfig(folder)).toEqual([join(folder, 'a.cfg'), join(folder, 'b.cfg')]);
  });

  it('reads relative paths from the folder of HAProxy, and files that are not UTF-8', () => {
    const text = Buffer.from('backend web # caf\u00e9\n  server web1 10.0.0.1:80\n', 'latin1');
    writeFileSync(join(folder, 'a.cfg'), text);
    expect(loadConfig(['a.cfg'], folder).model.proxies[0]?.servers[0]?.name).toBe('web1');
  });

  it('names the file that cannot be read', () => {
    expect(() => loadConfig(['missing.cfg'], folder)).toThrow(ConfigReadError);
  });
});

describe('groupName', () => {
  it('finds the name of a number', () => {
    expect(groupName('root:x:0:\nhaproxy:x:105:hafleet\n', 105)).toBe('haproxy');
    expect(groupName('root:x:0:\n', 105)).toBeUndefined();
  });
});
