import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_VERSIONS, readAnswer } from '../../../test/support/runtime-fixtures.ts';
import { parseCsv } from './csv.ts';
import { parseStat, type StatRow } from './stat.ts';

const find = (rows: readonly StatRow[], svname: string): StatRow => {
  const row = rows.find((candidate) => candidate.svname === svname);
  if (!row) throw new Error(`no row ${svname}`);
  return row;
};

describe('the last check in one word', () => {
  const checkText = (status: string, code: string) =>
    parseStat(`# pxname,svname,check_status,check_code,type,\nweb,web1,${status},${code},2,\n\n`)[0]
      ?.checkText;

  it.each([
    ['L7OK', '200', 'L7OK/200'],
    ['L4CON', '', 'L4CON'],
    ['* L7STS', '500', 'L7STS/500'],
    // 2.6 while a check is under way: 0 is no code.
    ['* L7STS', '0', 'L7STS'],
    ['INI', '', ''],
    ['', '', ''],
  ])('%s with code %s reads %s', (status, code, text) => {
    expect(checkText(status, code)).toBe(text);
  });
});

describe('parseStat', () => {
  it.each(FIXTURE_VERSIONS)('reads the columns of %s by their names', (version) => {
    const rows = parseStat(readAnswer(version, 'show_stat'));
    const up = find(rows, 's0');
    expect(up.type).toBe('server');
    expect([up.pxname, up.status, up.weight, up.checkStatus, up.checkCode]).toEqual([
      'b',
      'UP',
      1,
      'L7OK',
      200,
    ]);
    expect([up.addr, up.mode, up.stot, up.bin, up.bout, up.hrsp2xx]).toEqual([
      '127.0.0.1:9001',
      'http',
      36,
      4160,
      2736,
      36,
    ]);
    expect([up.checkDesc, up.act, up.bck, up.sid, up.econ]).toEqual(['Layer7 check passed', 1, 0, 11, 0]);
    const down = find(rows, 's2');
    expect([down.status, down.checkStatus, down.checkCode]).toEqual(['DOWN', 'L4CON', null]);
    expect(down.lastChk).toMatch(/refused|ECONNREFUSED/i);
    const frontend = find(rows, 'FRONTEND');
    expect([frontend.type, frontend.status, frontend.weight, frontend.econ]).toEqual([
      'frontend',
      'OPEN',
      null,
      null,
    ]);
    expect(find(rows, 'BACKEND').type).toBe('backend');
  });

  it.each(FIXTURE_VERSIONS)('has the columns after the `-` of %s too', (version) => {
    const up = find(parseStat(readAnswer(version, 'show_stat')), 's0');
    expect(up.number('ssl_sess')).toBe(0);
    expect(up.raw).toMatchObject({ pxname: 'b', svname: 's0', ssl_reused_sess: '0' });
    expect(up.raw).not.toHaveProperty('-');
    expect(up.text('no_such_column')).toBe('');
  });

  it('reads the answer to a filter', () => {
    const rows = parseStat(readAnswer('3.0', 'show_stat_b_6_-1'));
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(['server', 'backend']));
  });

  it('knows no type that every object has', () => {
    expect(() => parseStat('# pxname,type\nweb,constructor\n')).toThrow(/Cannot make sense/);
  });

  it('refuses what is no statistics', () => {
    const text = readAnswer('3.2', 'show_stat');
    expect(() => parseStat('')).toThrow(/Cannot make sense/);
    expect(() => parseStat('hello\n')).toThrow(/Cannot make sense/);
    expect(() => parseStat(`${text}b,s9,0\n`)).toThrow(/Cannot make sense/);
    expect(() => parseStat(text.slice(0, -1))).toThrow(/Cannot make sense/);
  });
});

describe('parseCsv', () => {
  it('reads quoted fields with commas, quotes and newlines', () => {
    expect(parseCsv('a,"b, ""c""\nd",\n1,,3\n\n')).toEqual([
      ['a', 'b, "c"\nd', ''],
      ['1', '', '3'],
    ]);
  });

  it('reads back any fields, and no cut text', () => {
    const field = fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a', ' ', '0') });
    const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    // The first field is never empty: a proxy has a name.
    const row = fc.tuple(fc.constant('b'), field, field, field);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const text = rows.map((fields) => `${fields.map(quote).join(',')}\n`).join('');
        expect(parseCsv(text)).toEqual(rows);
        expect(parseCsv(text.slice(0, -1))).not.toEqual(rows);
      }),
    );
  });

  it('knows a text that ends inside quotes', () => {
    expect(parseCsv('a,"b\n')).toBeUndefined();
    expect(parseCsv('a,b')).toBeUndefined();
  });
});
