import { API_ERRORS, EXIT, isApiErrorCode } from '../api/index.ts';
import { paint, type Line } from './text/index.ts';

export interface CliErrorDetails {
  /** Where it failed: a folded node set, a file, an address. */
  readonly where?: string;
  /** What to type next, or what to look at. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error of the command line itself, which knows what the program exits with. */
export class CliError extends Error {
  readonly exit: number;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(exit: number, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CliError';
    this.exit = exit;
    this.where = details.where;
    this.hint = details.hint;
  }
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError(EXIT.usage, message, hint === undefined ? {} : { hint });
}

/** Thrown when Ctrl-C ended a wait or a question. The one who waited has said what goes on. */
export class Interrupted extends CliError {
  constructor(message = 'interrupted') {
    super(EXIT.interrupted, message);
    this.name = 'Interrupted';
  }
}

/** The one place where what was thrown becomes an exit code. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CliError) return thrown.exit;
  const code = read(thrown, 'code') ?? '';
  if (isApiErrorCode(code)) return API_ERRORS[code].exit;
  return SOCKET_EXITS[code] ?? EXIT.failed;
}

/** With --socket HAProxy itself is what cannot be reached. */
const SOCKET_EXITS: Readonly<Record<string, number>> = {
  'socket-missing': EXIT.noServer,
  'connection-refused': EXIT.noServer,
  'connection-failed': EXIT.noServer,
  'no-answer-slot': EXIT.noServer,
  'wrong-socket': EXIT.usage,
  'socket-permission': EXIT.notAllowed,
  'permission-denied': EXIT.notAllowed,
};

/**
 * What failed, where, why, what next; with `debug` also code, request id and causes. Never a stack trace.
 * Every part is data and is escaped when it is printed.
 */
export function describeError(thrown: unknown, debug = false): Line[] {
  const [first = '', ...more] = messageOf(thrown).split('\n');
  const lines: Line[] = [
    [paint('red', 'error'), ': ', first],
    ...more.map((line): Line => ['       | ', line]),
  ];
  const where = thrown instanceof CliError ? thrown.where : undefined;
  if (where) lines.push(['  where   ', where]);
  const hint = read(thrown, 'hint');
  if (hint) lines.push(['  next    ', hint]);
  return debug ? [...lines, ...debugLines(thrown)] : lines;
}

function debugLines(thrown: unknown): Line[] {
  const lines: Line[] = [];
  const add = (title: string, text: string | undefined) => {
    if (text) lines.push([`  ${title.padEnd(7)} ${text}`]);
  };
  add('code', read(thrown, 'code'));
  add('request', read(thrown, 'requestId'));
  const facts = field(thrown, 'facts');
  if (typeof facts === 'object' && facts !== null && Object.keys(facts).length > 0)
    add('facts', JSON.stringify(facts));
  for (let cause = field(thrown, 'cause'), depth = 0; cause !== undefined && depth < 5; depth++) {
    add('cause', messageOf(cause));
    cause = field(cause, 'cause');
  }
  return lines;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function read(thrown: unknown, name: string): string | undefined {
  const value = field(thrown, name);
  return typeof value === 'string' ? value : undefined;
}

function field(thrown: unknown, name: string): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}
