import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalFileError, parseLocalFile, readLocalFile } from './read.ts';
import { localFileJsonSchema } from './schema.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');

const SMALL = `name: lb1
servers:
  - url: https://hafleet.example.org:8700
instances:
  - name: http
    config: /etc/haproxy/haproxy.cfg
    statsSocket: /run/haproxy/admin.sock
`;

function problems(text: string) {
  try {
    parseLocalFile(text, 'agent.yaml');
  } catch (thrown) {
    if (thrown instanceof LocalFileError)
      return thrown.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
    throw thrown;
  }
  return [];
}

describe('the local file', () => {
  it('allows to look and to change servers when it says nothing else', () => {
    const local = parseLocalFile(SMALL);
    expect(local).toMatchObject({ allow: ['observe', 'servers'], backends: ['*'], readOnly: false });
    expect(local.instances[0]).toMatchObject({ mode: 'observe', groups: [] });
  });

  it('takes the words of haproxy.cfg for keys too', () => {
    expect(parseLocalFile(SMALL.replace('statsSocket', 'stats socket'))).toEqual(parseLocalFile(SMALL));
  });

  it.each([
    ['127.0.0.1:9910', []],
    ['[::1]:9910', []],
    ['0.0.0.0:9910', ['2:3 metrics.listen must be an address of this machine: 127.0.0.1:9910']],
  ])('takes %s for metrics only where it is the machine itself', (listen, expected) => {
    expect(problems(`metrics:\n  listen: '${listen}'\n${SMALL}`)).toEqual(expected);
  });

  it.each([
    ['a token instead of its file', `tokenFile: hafleet_join_s3cret\n${SMALL}`],
    ['a password in the address of a server', SMALL.replace('https://', 'https://ops:s3cret@')],
    ['a token under another name', `token: s3cret\n${SMALL}`],
  ])('refuses %s, and does not repeat it', (_what, text) => {
    expect(problems(text)).toHaveLength(1);
    expect(problems(text)[0]).not.toContain('s3cret');
  });

  it('names line and column of every problem', () => {
    const text = SMALL.replace('lb1', 'l b')
      .replace('https://hafleet.example.org:8700', 'http://hafleet.example.org')
      .replace('    config: /etc/haproxy/haproxy.cfg\n', '    confg: x\n');
    expect(problems(text)).toEqual([
      '1:1 name must be letters, digits, `.`, `_` or `-`, 63 at most',
      '3:5 servers[0].url must begin with https: only an address of this machine (127.0.0.0/8, ::1, localhost) may go without',
      '5:5 instances[0].config is missing',
      '6:5 instances[0].confg is not a key of this file',
    ]);
  });

  it('names the place of a YAML mistake', () => {
    expect(problems('name: [a\nservers: 1\n')[0]).toMatch(/^2:1 /);
  });

  it('names the place of an alias without its anchor, and of a server that is no URL', () => {
    expect(problems('name: lb1\nservers: *all\n')).toEqual([expect.stringMatching(/^2:10 .*alias/)]);
    expect(problems(SMALL.replace('https://hafleet.example.org:8700', 'h'))).toEqual([
      expect.stringMatching(/^3:5 servers\[0\]\.url must be a URL/),
    ]);
  });

  it('refuses two instances of one name', () => {
    const again = SMALL.slice(SMALL.indexOf('  - name: http'));
    expect(problems(SMALL + again)).toEqual(['8:5 instances[1].name http is there twice']);
  });

  it('says that a file is not there', () => {
    expect(() => readLocalFile('/nowhere/agent.yaml')).toThrow(/cannot be read/);
  });

  it('reads the sample in deploy/, with paths that do not depend on where it was started', () => {
    const local = readLocalFile(join(DEPLOY, 'agent.yaml'));
    expect(local.instances[0]?.config).toEqual(['/etc/haproxy/haproxy.cfg']);
    expect(local.dataFolder).toBe('/var/lib/hafleet');
  });

  it('is described by deploy/agent.schema.json', () => {
    const text = `${JSON.stringify(localFileJsonSchema(), null, 2)}\n`;
    if (process.env['UPDATE_CASES']) writeFileSync(join(DEPLOY, 'agent.schema.json'), text);
    expect(JSON.parse(readFileSync(join(DEPLOY, 'agent.schema.json'), 'utf8'))).toEqual(JSON.parse(text));
  });
});
