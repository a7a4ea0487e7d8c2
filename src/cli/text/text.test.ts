import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ASCII_GLYPHS,
  chooseGlyphs,
  createPainter,
  escapeJson,
  escapeText,
  formatDuration,
  formatTime,
  isoTime,
  lineWidth,
  paint,
  parseDuration,
  parseTime,
  printLine,
  printLines,
  renderTable,
  truncateLine,
  UNICODE_GLYPHS,
  wantsColour,
} from './index.ts';

describe('text for a terminal', () => {
  it('never holds a character that a terminal obeys', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => !/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]/.test(escapeText(text)),
      ),
    );
  });

  it('writes out what it takes out, and leaves the rest alone', () => {
    expect(escapeText('\x1b]0;owned\x07')).toBe('\\x1b]0;owned\\x07');
    expect(escapeText('a\nb\tc')).toBe('a\\nb\\tc');
    expect(escapeText('evil\u202egnp.exe')).toBe('evil\\u202egnp.exe');
    expect(escapeText('Größe 😀 名前')).toBe('Größe 😀 名前');
    expect(escapeText('\ud800')).toBe('\\ud800');
  });

  it('keeps the value of JSON that it makes harmless', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = escapeJson(JSON.stringify({ text }));
        expect(JSON.parse(json)).toEqual({ text });
        expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  it('colours only what it was told to, and escapes within', () => {
    const painter = createPainter(true);
    expect(printLine(['a ', paint('red', 'b\x1b[2J')], painter)).toBe('a \x1b[31mb\\x1b[2J\x1b[39m');
    expect(printLine(['a ', paint('red', 'b')], createPainter(false))).toBe('a b');
  });
});

describe('a table', () => {
  it('lines columns up by their width on a terminal, and ends no line with blanks', () => {
    const lines = renderTable({
      columns: [{ title: 'NAME' }, { title: 'COUNT', align: 'right' }, { title: 'NOTE' }],
      rows: [
        ['名前', '7', ''],
        [[paint('red', 'b')], '12', 'x\ty'],
      ],
    });
    expect(printLines(lines)).toBe('NAME  COUNT  NOTE\n名前      7\nb        12  x\\ty\n');
  });

  it('is cut where a terminal ends, and nowhere else', () => {
    const table = { columns: [{ title: 'NAME' }], rows: [['a-long-name']] };
    expect(renderTable(table, { width: 8 }).map((line) => printLine(line))).toEqual(['NAME', 'a-lon...']);
    expect(lineWidth(truncateLine('名前名前名前', 7))).toBeLessThanOrEqual(7);
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s', 93_784_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', ' ', '5', '10 m', '30m1h', '-5s', '1.5h', '1w', 'm', '5ms', '99999999999s'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([
    [0, '0s'],
    [23_900, '23s'],
    [108_000, '1m48s'],
    [240_000, '4m'],
    [750_000, '12m'],
    [11_520_000, '3h12m'],
    [7_200_000, '2h'],
    [187_200_000, '2d4h'],
    [-5, '0s'],
  ])('prints %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('times', () => {
  const utc = { nowMs: Date.parse('2026-11-20T12:00:00Z'), zone: 'UTC' };
  const berlin = { ...utc, zone: 'Europe/Berlin' };
  const read = (text: string, moment = utc) => {
    const ms = parseTime(text, moment);
    return ms === undefined ? undefined : isoTime(ms);
  };

  it('reads a clock time as the next one here', () => {
    expect(read('16:04')).toBe('2026-11-20T16:04:00Z');
    expect(read('11:00')).toBe('2026-11-21T11:00:00Z');
    expect(read('16:04', berlin)).toBe('2026-11-20T15:04:00Z');
  });

  it('reads dates with and without a zone, and durations', () => {
    expect(read('2026-12-01')).toBe('2026-12-01T00:00:00Z');
    expect(read('2026-07-01T16:04', berlin)).toBe('2026-07-01T14:04:00Z');
    expect(read('2026-12-01T16:04Z', berlin)).toBe('2026-12-01T16:04:00Z');
    expect(read('2026-12-01T16:04+02:00')).toBe('2026-12-01T14:04:00Z');
    expect(read('1h')).toBe('2026-11-20T13:00:00Z');
  });

  it.each(['', 'tomorrow', '25:00', '12:60', '2026-13-01', '2026-12-01T99:00'])('refuses %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('says the zone, and the day when it is another one', () => {
    expect(formatTime(Date.parse('2026-11-20T16:04:00Z'), utc)).toBe('16:04 UTC');
    expect(formatTime(Date.parse('2026-12-01T16:04:00Z'), utc)).toBe('2026-12-01 16:04 UTC');
    expect(formatTime(Date.parse('2026-11-20T16:04:00Z'), berlin)).toBe('17:04 CET');
  });

  it('gives back every time it prints', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * 365 * 24 * 60 }), zones, (minutes, zone) => {
        const at = utc.nowMs + minutes * 60_000;
        const printed = formatTime(at, { nowMs: 0, zone }).slice(0, 16).replace(' ', 'T');
        const again = parseTime(printed, { ...utc, zone }) ?? 0;
        expect(formatTime(again, { nowMs: 0, zone }).slice(0, 16)).toBe(printed.replace('T', ' '));
      }),
    );
  });
});

describe('what a terminal can show', () => {
  const facts = (env: Record<string, string>, isTty = true) => ({ env, isTty });

  it.each([
    [{}, true, undefined, true],
    [{}, false, undefined, false],
    [{ NO_COLOR: '1' }, true, undefined, false],
    [{ NO_COLOR: '' }, true, undefined, true],
    [{ TERM: 'dumb' }, true, undefined, false],
    [{ CLICOLOR_FORCE: '1' }, false, undefined, true],
    [{ CLICOLOR_FORCE: '0' }, false, undefined, false],
    [{ NO_COLOR: '1', CLICOLOR_FORCE: '1' }, true, undefined, false],
    [{ NO_COLOR: '1' }, false, 'always' as const, true],
    [{ CLICOLOR_FORCE: '1' }, true, 'never' as const, false],
  ])('colours for %j, tty %s, flag %s: %s', (env, isTty, colour, expected) => {
    expect(wantsColour({ ...facts(env, isTty), colour })).toBe(expected);
  });

  it('keeps to ASCII unless the locale says UTF-8', () => {
    expect(chooseGlyphs({ LANG: 'en_US.UTF-8' })).toBe(UNICODE_GLYPHS);
    expect(chooseGlyphs({ LANG: 'C.utf8' })).toBe(UNICODE_GLYPHS);
    expect(chooseGlyphs({ LANG: 'en_US.UTF-8', LC_ALL: 'C' })).toBe(ASCII_GLYPHS);
    expect(chooseGlyphs({})).toBe(ASCII_GLYPHS);
    expect(chooseGlyphs({ LANG: 'en_US.UTF-8', HAFLEET_ASCII: '1' })).toBe(ASCII_GLYPHS);
  });
});
