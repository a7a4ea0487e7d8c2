import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_VERSIONS, readAnswer } from '../../../test/support/runtime-fixtures.ts';
import { parseSocketAddress, printSocketAddress } from './address.ts';
import { capabilitiesOf } from './capabilities.ts';
import { parseCliSockets } from './cli.ts';
import { parseDuration } from './codec/duration.ts';
import { parseEnv } from './env.ts';
import { parseInfo } from './info.ts';
import { parseMapEntries, parseMaps } from './map.ts';
import { parseReload } from './master.ts';
import { parsePeers } from './peers.ts';
import { parseProc } from './proc.ts';
import { parseServersConn } from './servers-conn.ts';
import { parseServersState } from './servers-state.ts';
import { parseAddressChange } from './servers.ts';
import { parseSessionDetails, parseSessions } from './sess.ts';
import { unescapeKey } from './table-key.ts';
import { parseTable, parseTableHeader } from './table.ts';
import { parseVersion } from './version.ts';

describe.each(FIXTURE_VERSIONS)('the answers of %s', (version) => {
  const answer = (name: string): string => readAnswer(version, name);

  it('show info', () => {
    const info = parseInfo(answer('show_info'));
    expect(info).toMatchObject({ name: 'HAProxy', node: 'edge-1', nbthread: 2, stopping: false });
    expect(info.version).toContain(version);
    expect(info.description).toBe('rev=42 sha=abcdef');
    expect(info.pid).toBeGreaterThan(1);
    expect(info.startTime).toBeGreaterThan(0);
    expect(info.maxconn).toBeGreaterThan(9_000);
    expect(info.raw['Release_date']).toMatch(/^\d{4}\//);
  });

  it('show version', () => {
    const { major, minor } = parseVersion(answer('show_version').trim());
    expect(`${major}.${minor}`).toBe(version);
  });

  it('show servers conn', () => {
    const rows = parseServersConn(answer('show_servers_conn'));
    expect(rows).toHaveLength(7);
    expect(rows[0]).toMatchObject({
      backend: 'b',
      server: 's0',
      backendId: 3,
      serverId: 11,
      port: 9001,
      idle: 2,
    });
    expect(rows[5]).toMatchObject({ backend: 'rel-2', server: 'x.y:z-1_a', used: 0, idleLimit: -1 });
  });

  it('show sess', () => {
    const [peer, cli] = parseSessions(answer('show_sess'));
    expect(peer).toMatchObject({ proto: '?', src: null, frontend: null, backend: null, server: null });
    expect(cli).toMatchObject({
      proto: 'unix_stream',
      frontend: 'GLOBAL',
      backend: null,
      server: null,
      ageSeconds: 0,
    });
  });

  it('show sess all', () => {
    const [peer, cli, ...rest] = parseSessionDetails(answer('show_sess_all'));
    expect(rest).toEqual([]);
    expect(peer).toMatchObject({ number: 0, frontend: 'nodeA', backend: 'nodeA', src: null });
    expect(cli).toMatchObject({ number: 75, frontend: 'GLOBAL', backend: null, server: null, ageSeconds: 0 });
    expect(cli?.src).toMatch(/^unix:/);
  });

  it('show map', () => {
    expect(parseMaps(answer('show_map'))).toEqual([
      expect.objectContaining({
        id: 0,
        file: '/etc/haproxy/m.map',
        currentVersion: 0,
        nextVersion: 0,
        entryCount: 2,
      }),
    ]);
  });

  it('show table', () => {
    expect(parseTableHeader(answer('show_table').trim())).toMatchObject({
      name: 'b',
      type: 'string',
      size: 10_240,
    });
    const table = parseTable(answer('show_table_b'));
    expect(table.entries).toHaveLength(table.used);
    const key = (raw: string) => table.entries.find((entry) => entry.rawKey === raw);
    expect(key('/room-8')).toMatchObject({
      serverId: 11,
      serverKey: '127.0.0.1:9001',
      key: '/room-8',
      use: 0,
    });
    expect(key('/q"uote')?.key).toBe('/q"uote');
    expect(key('"/with\\ space"')).toMatchObject({ key: '"/with space"', serverId: 12, serverKey: null });
    expect(key('/manual')?.data).toMatchObject({ gpc0: '5', http_req_rate: '0' });
    expect(key('/room-8')?.shard).toBe(version === '2.6' ? null : 0);
  });

  it('show peers', () => {
    const [section] = parsePeers(answer('show_peers'));
    expect(section).toMatchObject({ name: 'mypeers', disabled: false, resyncFinished: false });
    const remote = section?.peers.find(({ name }) => name === 'nodeB');
    expect(remote).toMatchObject({
      local: false,
      active: true,
      address: '127.0.0.3:10001',
      hasSession: true,
    });
    expect(remote?.appState).toBe(version === '2.6' ? undefined : 'STOPPED');
    expect(remote?.tables).toEqual([{ name: 'b', lastAcked: 0, lastPushed: 0, lastGet: 0, update: 38 }]);
    expect(section?.peers.find(({ name }) => name === 'nodeA')).toMatchObject({
      local: true,
      hasSession: false,
    });
  });

  it('show cli sockets', () => {
    expect(parseCliSockets(answer('show_cli_sockets'))).toContainEqual({
      address: 'unix@/etc/haproxy/oper.sock',
      level: 'operator',
    });
  });

  it('show env', () => {
    expect(parseEnv('CFG_REV', answer('show_env_CFG_REV'))).toBe('42');
  });

  it('show proc, also after a failed reload', () => {
    const calm = parseProc(answer('master_show_proc'));
    expect(calm.master).toMatchObject({ reloads: 0, failed: 0 });
    expect(calm.master.version).toContain(version);
    expect(calm.workers).toHaveLength(1);
    const reloaded = parseProc(answer('master_show_proc_old_worker_alive'));
    expect([reloaded.workers.length, reloaded.oldWorkers.length, reloaded.oldWorkers[0]?.reloads]).toEqual([
      1, 1, 1,
    ]);
    const failed = parseProc(answer('master_show_proc_after_parse_error'));
    expect(failed.master.failed).toBe(1);
    expect(failed.workers.length + failed.oldWorkers.length).toBe(1);
    const { listsSurvivorAsOld } = capabilitiesOf(calm.master.version, '');
    expect(failed.oldWorkers).toHaveLength(listsSurvivorAsOld ? 1 : 0);
  });

  it('reload', () => {
    if (version === '2.6') return expect(answer('master_reload_ok')).toBe('');
    expect(parseReload(answer('master_reload_ok'))).toMatchObject({ answered: true, success: true });
    const failed = parseReload(answer('master_reload_parse_error'));
    expect(failed).toMatchObject({ answered: true, success: false });
    expect(JSON.stringify(failed)).toContain("unknown keyword 'bogus'");
  });

  it('help, as capabilities', () => {
    const can = capabilitiesOf(answer('show_version').trim(), answer('help'));
    const from3 = version !== '2.6';
    expect(can).toMatchObject({
      canAddServer: true,
      canAddServerWithCookie: from3,
      canWaitRemovable: from3,
      hasAtomicMaps: true,
      hasMasterReloadAnswer: from3,
      setsAddressLater: from3,
    });
    expect(can.knownBad.includes('del-server-crash')).toBe(version === '2.6');
    expect(can.knownBad.includes('clear-map-does-nothing')).toBe(version === '3.4');
  });
});

describe('the answers of 2.2', () => {
  it('show servers state, five columns short', () => {
    const [version = '', header = '', line = ''] = readAnswer('2.6', 'show_servers_state').split('\n');
    const text = [version, header.replace(/ srv_use_ssl.*/, ''), line.replace(/ 0 0 - - 0$/, ''), ''].join(
      '\n',
    );
    expect(parseServersState(text)).toEqual(parseServersState([version, header, line, ''].join('\n')));
    expect(() => parseServersState(text.replace(/ -\n$/, '\n'))).toThrow(/Cannot make sense/);
  });

  it('show proc, with a relative pid', () => {
    const text = `#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>
24759           master          0               3               0d00h00m02s     2.2.9-2+deb11u6
# workers
24762           worker          1               0               0d00h00m01s     2.2.9-2+deb11u6
# programs
`;
    const { master, workers } = parseProc(text);
    expect(master).toMatchObject({ pid: 24_759, reloads: 3, failed: 0, uptimeSeconds: 2 });
    expect(workers).toEqual([{ pid: 24_762, reloads: 0, uptimeSeconds: 1, version: '2.2.9-2+deb11u6' }]);
  });

  it('show peers and show servers conn', () => {
    const peers = readAnswer('2.6', 'show_peers').replace('disabled=0', 'state=0');
    expect(parsePeers(peers)).toEqual(parsePeers(readAnswer('2.6', 'show_peers')));
    const conn = readAnswer('2.6', 'show_servers_conn');
    expect(parseServersConn(`${conn}MASTER/cur-1 6/1 - 0 - 0 0 0 0 0 0 0 0\n`).at(-1)?.backend).toBe(
      'MASTER',
    );
  });

  it('help, with nothing to add servers or swap maps by', () => {
    const can = capabilitiesOf('2.2.9-2+deb11u6', 'Unknown command.\n  help           : this message\n');
    expect([can.canAddServer, can.hasAtomicMaps, can.hasMasterReloadAnswer]).toEqual([false, false, false]);
  });
});

describe('parseTable', () => {
  it('takes a dump without the right for an error, not for an empty table', () => {
    const text =
      '# table: b, type: string, size:10240, used:7\n# contents not dumped due to insufficient privileges\n';
    expect(() => parseTable(text)).toThrow(/operator/);
  });

  it('unescapes any key', () => {
    expect(unescapeKey('a\\ b\\=c\\\\d')).toBe('a b=c\\d');
    expect(unescapeKey('\\xC3\\xB2\\n')).toBe('ò\n');
    const escape = (key: string): string =>
      [...Buffer.from(key)]
        .map((byte) => {
          const character = String.fromCharCode(byte);
          if (byte === 10) return '\\n';
          if (/[ =\\]/.test(character)) return `\\${character}`;
          return byte > 32 && byte < 127
            ? character
            : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
        })
        .join('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (key) => {
        expect(unescapeKey(escape(key))).toBe(key);
      }),
    );
  });
});

describe('parseSessions', () => {
  it('takes the unknown age of 2.6 for a session that has just begun', () => {
    const text = readAnswer('2.6', 'show_sess').replaceAll(/ age=\S+/g, ' age=?');
    expect(parseSessions(text).map(({ ageSeconds }) => ageSeconds)).toEqual([0, 0]);
    const all = readAnswer('2.6', 'show_sess_all').replaceAll(/ age=[^)]+/g, ' age=?');
    expect(parseSessionDetails(all).map(({ ageSeconds }) => ageSeconds)).toEqual([0, 0]);
  });
});

describe('parseMapEntries', () => {
  it('keeps spaces in values, and gives the first space of a line to the key', () => {
    expect(parseMapEntries('0x5574 /k two  words \n0x5575 /only\n0x5576 /e \n')).toEqual([
      { id: '0x5574', key: '/k', value: 'two  words ' },
      { id: '0x5575', key: '/only', value: '' },
      { id: '0x5576', key: '/e', value: '' },
    ]);
    expect(parseMapEntries('')).toEqual([]);
  });

  it('does not guess at a key with a newline', () => {
    expect(() => parseMapEntries('0x5574 /p4\n/p5 q\n')).toThrow(/Cannot make sense/);
  });

  it('reads `show map` with ACL files, names without a file and no versions', () => {
    expect(parseMaps("# id (file) description\n1 () acl 'path' file '/h.cfg' line 12.\n")).toEqual([
      {
        id: 1,
        file: '',
        description: "acl 'path' file '/h.cfg' line 12.",
        currentVersion: null,
        nextVersion: null,
        entryCount: null,
      },
    ]);
  });
});

describe('parseInfo', () => {
  it('reads a description with a newline, and none', () => {
    const text = readAnswer('3.0', 'show_info');
    expect(parseInfo(text.replace('rev=42 sha=abcdef', 'one\n> two\n\n> three')).description).toBe(
      'one\n> two\n\n> three',
    );
    expect(parseInfo(text.replace(/^description: .*\n/m, '')).description).toBeUndefined();
  });

  it('refuses a text that is cut or something else', () => {
    expect(() => parseInfo('Name: HAProxy\nVersion: 3.0\n')).toThrow(/Cannot make sense/);
    expect(() => parseInfo('')).toThrow(/Cannot make sense/);
  });
});

describe('parseEnv', () => {
  it('keeps newlines of the value and shows nothing of an answer that it does not know', () => {
    expect(parseEnv('W', 'W=a\n> b\n\n> c\n')).toBe('a\n> b\n\n> c');
    expect(() => parseEnv('W', 'SECRET=x\n')).toThrow(/`show env W`: $/);
  });
});

describe('parseAddressChange', () => {
  it.each([
    ["no need to change the addr, port changed from '9001' to '9005' by 'stats socket command'\n", true],
    ["port changed from '9001' to '9005' by 'stats socket command'\n", true],
    ["IP changed from '127.0.0.1' to '::1', port changed from '5' to '22' by 'stats socket command'\n", true],
    ["no need to change the addr, no need to change the port by 'stats socket command'\n", false],
    ['nothing changed\n', false],
  ])('%j', (text, changed) => {
    expect(parseAddressChange(text)).toEqual({ changed, text: text.trim() });
  });

  it('does not take silence or another text for success', () => {
    expect(() => parseAddressChange('')).toThrow(/Cannot make sense/);
    expect(() => parseAddressChange('hm\n')).toThrow(/Cannot make sense/);
    const half =
      "IP changed from '127.0.0.1' to '1.2.3.4', problem converting port '' to an int by 'stats socket command'\n";
    expect(() => parseAddressChange(half)).toThrow(/Cannot make sense/);
  });
});

describe('parseVersion', () => {
  it.each([
    ['2.6.12-1+deb12u4', [2, 6, 12]],
    ['3.3-dev5', [3, 3, 0]],
    ['3.2.26-1', [3, 2, 26]],
    ['2.8.4', [2, 8, 4]],
  ])('%s', (text, expected) => {
    const { major, minor, patch } = parseVersion(text);
    expect([major, minor, patch]).toEqual(expected);
  });

  it('takes no endless digits for a number', () => {
    expect(() => parseVersion(`${'3'.repeat(400)}.2.1`)).toThrow(/Cannot make sense/);
  });

  it('ends the list of known-bad builds where upstream fixed them', () => {
    expect(capabilitiesOf('2.8.3', '').knownBad).toEqual(['del-server-crash']);
    expect(capabilitiesOf('2.8.4', '').knownBad).toEqual([]);
  });
});

describe('parseDuration', () => {
  it.each([
    ['2s', 2],
    ['1m59s', 119],
    ['0d00h00m10s', 10],
    ['1d2h', 93_600],
    ['<NEVER>', undefined],
    ['', undefined],
  ])('%j is %j seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});

describe('parseSocketAddress', () => {
  it.each([
    ['/run/haproxy.sock', '/run/haproxy.sock'],
    ['unix@/run/h.sock', '/run/h.sock'],
    ['127.0.0.1:9999', '127.0.0.1:9999'],
    ['ipv4@127.0.0.1:9999', '127.0.0.1:9999'],
    ['[::1]:99', '[::1]:99'],
    ['lb1.example.org:99', 'lb1.example.org:99'],
  ])('reads %s', (text, printed) => {
    expect(printSocketAddress(parseSocketAddress(text))).toBe(printed);
  });

  it.each(['', 'x', 'x:0', 'x:99999', 'a:b:c'])('refuses %j', (text) => {
    expect(() => parseSocketAddress(text)).toThrow(/Not a socket address/);
  });
});
