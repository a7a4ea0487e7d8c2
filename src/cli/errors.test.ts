import { describe, expect, it } from 'vitest';
import { API_ERRORS, ApiError, EXIT, isApiErrorCode } from '../api/index.ts';
import { CliError, describeError, exitCodeOf, Interrupted, usageError } from './errors.ts';
import { TOPICS } from './help/topics.ts';
import { printLines } from './text/index.ts';

describe('exit codes', () => {
  it('come from the code for every error of the API', () => {
    for (const [code, { exit }] of Object.entries(API_ERRORS)) {
      if (!isApiErrorCode(code)) throw new Error(code);
      expect(exitCodeOf(new ApiError(code, 'x'))).toBe(exit);
      expect(exit).toBeGreaterThan(0);
    }
  });

  it('come from the error itself in the command line, and are 1 for anything else', () => {
    expect(exitCodeOf(usageError('x'))).toBe(64);
    expect(exitCodeOf(new Interrupted())).toBe(130);
    expect(exitCodeOf(new Error('x'))).toBe(1);
    expect(exitCodeOf('x')).toBe(1);
    expect(exitCodeOf(undefined)).toBe(1);
  });

  it('are all explained by the help', () => {
    const codes = new Set<number>([
      ...Object.values(EXIT),
      ...Object.values(API_ERRORS).map(({ exit }) => exit),
    ]);
    for (const code of codes) expect(TOPICS['exit-codes']).toMatch(new RegExp(`^ +${code}  `, 'm'));
  });
});

describe('an error', () => {
  it('says what, where, what next; the rest under --debug', () => {
    const error = new CliError(64, 'it is bad', {
      where: '/etc/x',
      hint: 'mend it',
      cause: new Error('EIO', { cause: new Error('disk') }),
    });
    expect(printLines(describeError(error))).toBe('error: it is bad\n  where   /etc/x\n  next    mend it\n');
    expect(printLines(describeError(error, true))).toBe(
      'error: it is bad\n  where   /etc/x\n  next    mend it\n  cause   EIO\n  cause   disk\n',
    );
  });

  it('cannot forge a line, nor command the terminal', () => {
    const error = new CliError(1, 'a\nerror: forged\x1b[2J', { hint: 'x\n  next    rm -rf' });
    expect(printLines(describeError(error))).toBe(
      'error: a\n       | error: forged\\x1b[2J\n  next    x\\n  next    rm -rf\n',
    );
  });
});
