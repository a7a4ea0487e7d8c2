import { HafleetError, type ErrorDetails } from '../../../lib/index.ts';

/**
 * What is known about the command after the failure.
 * `not-sent`: HAProxy never got it. `refused`: HAProxy answered and did nothing. `unknown`: it may have been done;
 * read back before anything else (a cut answer and a time-out are never "failed").
 */
export type Outcome = 'not-sent' | 'unknown' | 'refused';

interface CodeRule {
  readonly outcome: Outcome;
  readonly retryable: boolean;
  readonly hint?: string;
}

const notSent = (retryable: boolean, hint?: string): CodeRule => rule('not-sent', retryable, hint);
const unknown = (retryable: boolean, hint?: string): CodeRule => rule('unknown', retryable, hint);
const refused = (retryable: boolean, hint?: string): CodeRule => rule('refused', retryable, hint);

function rule(outcome: Outcome, retryable: boolean, hint: string | undefined): CodeRule {
  return hint === undefined ? { outcome, retryable } : { outcome, retryable, hint };
}

/** Every code, in one closed list: what it says about the command, and what to do next. */
const CODES = {
  // Before anything is written.
  'word-refused': notSent(false),
  'value-refused': notSent(false),
  'line-too-long': notSent(false, 'Send it in smaller parts: HAProxy reads at most one buffer a line.'),
  'socket-missing': notSent(true, 'Check the path of the socket and that HAProxy runs.'),
  'socket-permission': notSent(false, 'Join the group that owns the socket.'),
  'connection-refused': notSent(true, 'HAProxy is not listening there; the master socket may still answer.'),
  'connection-failed': notSent(true),
  'connection-closed': notSent(true, 'Reconnect: the worker that answered here may be gone.'),
  'wrong-socket': notSent(false, 'This is the master socket; the worker has a stats socket of its own.'),
  // The command may have been carried out.
  'no-answer-slot': unknown(
    true,
    'All connections of the socket are taken (10 by default), or HAProxy hangs.',
  ),
  'timed-out': unknown(true),
  aborted: unknown(true),
  'answer-cut': unknown(true),
  'empty-answer': unknown(true, 'HAProxy closed without a word: the line was too big or the process ended.'),
  'answer-too-big': unknown(false),
  'unexpected-answer': unknown(false),
  // HAProxy said no.
  'permission-denied': refused(false, 'The socket needs a higher level: operator to look, admin to change.'),
  'unknown-command': refused(false, 'This HAProxy does not have the command.'),
  'experimental-only': refused(false),
  'command-too-big': refused(false),
  'no-such-backend': refused(false),
  'no-such-server': refused(false),
  'no-such-proxy': refused(false),
  'proxy-disabled': refused(true, 'A worker that a reload has replaced says so of all its proxies.'),
  'no-such-map': refused(false, 'Name it exactly as `show map` prints it.'),
  'no-such-table': refused(false),
  'no-such-peers': refused(false),
  'no-such-worker': refused(true),
  'no-such-session': refused(false),
  'no-such-variable': refused(false),
  'checks-not-enabled': refused(false, 'The server has no health check.'),
  'agent-not-enabled': refused(false, 'The server has no agent check.'),
  'tracking-server': refused(false, 'Set the health of the server it tracks.'),
  'state-refused': refused(false),
  'health-refused': refused(false),
  'weight-refused': refused(false),
  'weight-out-of-range': refused(false),
  'static-weight': refused(false, 'With this balance algorithm only 0% and 100% work without a reload.'),
  'address-refused': refused(false),
  'port-refused': refused(false),
  'resolution-not-configured': refused(false),
  'server-exists': refused(false),
  'server-not-in-maint': refused(false),
  'server-has-connections': refused(true),
  'server-name-refused': refused(false),
  'server-id-taken': refused(false),
  'backend-not-dynamic': refused(false, 'Such a backend gets servers by reload or from spare slots.'),
  'map-version-refused': refused(false),
} as const satisfies Record<string, CodeRule>;

export type RuntimeErrorCode = keyof typeof CODES;

export const RUNTIME_ERROR_CODES: readonly RuntimeErrorCode[] = Object.keys(CODES) as RuntimeErrorCode[];

export interface RuntimeErrorDetails extends ErrorDetails {
  /** Given only where the place knows better than the code, such as an abort before the write. */
  readonly outcome?: Outcome;
}

/** Every failure of the Runtime API. `code` is stable; `outcome` says whether the command may have been done. */
export class RuntimeError extends HafleetError<RuntimeErrorCode> {
  readonly outcome: Outcome;

  constructor(code: RuntimeErrorCode, message: string, details: RuntimeErrorDetails = {}) {
    const rule: CodeRule = CODES[code];
    super(code, message, {
      retryable: rule.retryable,
      ...(rule.hint === undefined ? {} : { hint: rule.hint }),
      ...details,
    });
    this.name = 'RuntimeError';
    this.outcome = details.outcome ?? rule.outcome;
  }
}

export function isRuntimeError(value: unknown): value is RuntimeError {
  return value instanceof RuntimeError;
}
