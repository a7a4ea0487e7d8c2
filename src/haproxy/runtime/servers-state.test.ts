import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_VERSIONS, readAnswer } from '../../../test/support/runtime-fixtures.ts';
import { parseServersState, printServerStateFile, type ServerStateRow } from './servers-state.ts';

const name = fc.stringMatching(/^[A-Za-z0-9_.:][A-Za-z0-9_.:-]{0,20}$/);
const count = fc.nat({ max: 2_000_000_000 });
const orNull = (word: fc.Arbitrary<string>): fc.Arbitrary<string | null> => fc.option(word, { nil: null });
const port = fc.integer({ min: 0, max: 65_535 });

const row: fc.Arbitrary<ServerStateRow> = fc.record({
  backendId: count,
  backend: name,
  serverId: count,
  server: name,
  address: orNull(fc.oneof(fc.ipV4(), fc.ipV6())),
  operationalState: fc.constantFrom<(0 | 1 | 2 | 3)[]>(0, 1, 2, 3),
  adminFlags: fc.nat({ max: 127 }),
  userWeight: fc.nat({ max: 256 }),
  initialWeight: fc.nat({ max: 256 }),
  secondsSinceChange: fc.integer({ min: -5, max: 2_000_000_000 }),
  checkStatus: fc.nat({ max: 40 }),
  checkResult: fc.nat({ max: 4 }),
  checkHealth: count,
  checkState: fc.nat({ max: 63 }),
  agentState: fc.nat({ max: 63 }),
  backendForcedId: fc.boolean(),
  serverForcedId: fc.boolean(),
  fqdn: orNull(fc.domain()),
  port,
  srvRecord: orNull(name),
  useSsl: fc.boolean(),
  checkPort: port,
  checkAddress: orNull(fc.ipV4()),
  agentAddress: orNull(fc.ipV4()),
  agentPort: port,
});

const one = (count: number): string => {
  const [header = '', columns = '', line = ''] = readAnswer('3.2', 'show_servers_state').split('\n');
  const lines = Array.from({ length: count }, (_, at) => line.replace(' s0 ', ` s${at} `));
  return [header, columns, ...lines, ''].join('\n');
};

describe('parseServersState', () => {
  it.each(FIXTURE_VERSIONS)('reads every server of %s', (version) => {
    const rows = parseServersState(readAnswer(version, 'show_servers_state'));
    expect(rows.map(({ backend, server }) => `${backend}/${server}`)).toEqual([
      'b/s0',
      'b/s1',
      'b/s2',
      'b/s3',
      'b/s4',
      'rel-2/x.y:z-1_a',
      'rel-2/srv-tpl',
    ]);
    expect(rows[1]).toMatchObject({
      serverId: 12,
      userWeight: 50,
      initialWeight: 50,
      port: 9002,
      serverForcedId: true,
    });
    expect(rows[2]).toMatchObject({ operationalState: 0, checkState: 6 });
    expect(rows[3]).toMatchObject({ adminFlags: 5, fqdn: null });
    expect(rows[4]).toMatchObject({ adminFlags: 12, useSsl: true, srvRecord: null });
    expect(rows[5]).toMatchObject({ agentPort: 9006, agentState: 23, backendForcedId: false });
    expect(rows[6]).toMatchObject({ fqdn: 'localhost', address: '127.0.0.1' });
  });

  it.each(FIXTURE_VERSIONS)('prints the answer of %s again byte for byte', (version) => {
    const text = readAnswer(version, 'show_servers_state');
    expect(printServerStateFile(parseServersState(text))).toBe(text);
  });

  it('reads back whatever it prints', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        expect(parseServersState(printServerStateFile(rows))).toEqual(rows);
      }),
    );
  });

  it('takes no cut or damaged text for fewer servers', () => {
    const text = readAnswer('3.2', 'show_servers_state');
    const lineEnds = new Set([...text.matchAll(/\n/g)].map(({ index }) => index + 1));
    for (let length = 0; length < text.length; length++)
      // A cut at a line's end is for the framing to find: there the empty line is missing.
      if (!lineEnds.has(length) || length < 300)
        expect(() => parseServersState(text.slice(0, length))).toThrow(/Cannot make/);
    expect(() => parseServersState(text.replace(' 127.0.0.1 ', ' 127.0.0.1  '))).toThrow(/Cannot make/);
    expect(() => parseServersState(text.replace(' 9001 ', ' x '))).toThrow(/Cannot make/);
    expect(() => parseServersState(text.replace(/ 0$/m, ' 0 0'))).toThrow(/Cannot make/);
    expect(() => parseServersState('')).toThrow(/Cannot make/);
    expect(() => parseServersState('2\n# be_id\n')).toThrow(/Cannot make/);
  });

  it('takes no number that it could not write again', () => {
    const text = readAnswer('3.2', 'show_servers_state').replace(/ (\d+)\n/, ' 19007199254740993\n');
    expect(() => parseServersState(text)).toThrow(/Cannot make sense/);
  });

  it('is quick enough for a poll a second of 10,000 servers', () => {
    const text = one(10_000);
    parseServersState(text);
    const started = performance.now();
    expect(parseServersState(text)).toHaveLength(10_000);
    // About 6 ms on two slow cores; the bar has room for a busy machine.
    expect(performance.now() - started).toBeLessThan(100);
  });
});
