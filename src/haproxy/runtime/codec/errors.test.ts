import { describe, expect, it } from 'vitest';
import { FIXTURE_VERSIONS, readAnswer } from '../../../../test/support/runtime-fixtures.ts';
import { RUNTIME_ERROR_CODES, RuntimeError } from './errors.ts';
import { excerpt } from './excerpt.ts';
import { findRefusal } from './refusals.ts';

describe('RuntimeError', () => {
  it('says for every code whether the command may have been done', () => {
    for (const code of RUNTIME_ERROR_CODES)
      expect(['not-sent', 'unknown', 'refused']).toContain(new RuntimeError(code, 'x').outcome);
  });

  it.each([
    ['timed-out', 'unknown'],
    ['answer-cut', 'unknown'],
    ['empty-answer', 'unknown'],
    ['connection-refused', 'not-sent'],
    ['connection-closed', 'not-sent'],
    ['word-refused', 'not-sent'],
    ['permission-denied', 'refused'],
  ] as const)('%s is %s', (code, outcome) => {
    expect(new RuntimeError(code, 'x').outcome).toBe(outcome);
  });

  it('lets the place that knows better say so', () => {
    expect(new RuntimeError('aborted', 'x', { outcome: 'not-sent' }).outcome).toBe('not-sent');
  });
});

describe('findRefusal', () => {
  it.each([
    ['Permission denied\n', 'permission-denied'],
    ["Can't find backend.\n", 'no-such-backend'],
    ['No such backend.\n', 'no-such-backend'],
    ['No such server.\n', 'no-such-server'],
    ['No such proxy.\n', 'no-such-proxy'],
    ['No such table\n', 'no-such-table'],
    ['No such peers\n', 'no-such-peers'],
    ['Unknown map identifier. Please use #<id> or <file>.\n', 'no-such-map'],
    ['Variable not found\n', 'no-such-variable'],
    ['Variable not found.\n', 'no-such-variable'],
    ['Session not found.\n', 'no-such-session'],
    ['health checks are not enabled on this server\n', 'checks-not-enabled'],
    ['Health check was not configured on this server, cannot enable.\n', 'checks-not-enabled'],
    ['agent checks are not enabled on this server.\n', 'agent-not-enabled'],
    ["Invalid addr 'foo' by 'stats socket command'\n", 'address-refused'],
    ["Invalid addr 'foo'\n", 'address-refused'],
    ['Absolute weight can only be between 0 and 256 inclusive.\n', 'weight-out-of-range'],
    ['Relative weight must be positive.\n', 'weight-out-of-range'],
    ['Trailing garbage in weight string\n', 'weight-refused'],
    ["Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n", 'static-weight'],
    ["'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n", 'state-refused'],
    ['Only servers in maintenance mode can be deleted.\n', 'server-not-in-maint'],
    ['Server still has connections attached to it, cannot remove it.\n', 'server-has-connections'],
    ['Already exists a server with the same name in backend.\n', 'server-exists'],
    ['Backend must use a dynamic load balancing to support dynamic servers.\n', 'backend-not-dynamic'],
    ["character '/' is not permitted in server name 'n/x'.\n", 'server-name-refused'],
    ['Version number out of range.\n', 'map-version-refused'],
    ['This command is restricted to experimental mode only.\n', 'experimental-only'],
    ["Can't find the target PID matching the prefix '@!1'\n", 'no-such-worker'],
    ['The command line is too big for the buffer size.\n', 'command-too-big'],
  ])('knows %j', (text, code) => {
    expect(findRefusal(text)).toBe(code);
  });

  it.each(FIXTURE_VERSIONS)('knows the unknown command of %s', (version) => {
    expect(findRefusal(readAnswer(version, 'bogus'))).toBe('unknown-command');
  });

  it.each(FIXTURE_VERSIONS)('takes no ordinary answer of %s for a refusal', (version) => {
    const names = [
      'show_info',
      'show_stat',
      'show_servers_state',
      'show_sess',
      'show_map',
      'show_table_b',
      'help',
    ];
    expect(names.filter((name) => findRefusal(readAnswer(version, name)))).toEqual([]);
  });
});

describe('excerpt', () => {
  it('escapes control characters and cuts at 200', () => {
    expect(excerpt('a\nb\u001b[31m\\')).toBe('a\\nb\\x1b[31m\\\\');
    expect(excerpt('x'.repeat(500))).toBe(`${'x'.repeat(200)}…`);
    expect(excerpt('\n'.repeat(150))).toHaveLength(201);
  });
});
