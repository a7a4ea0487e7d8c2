import { HafleetError, type ErrorDetails } from '../lib/index.ts';

/** Exit codes of the CLI's actions (design.md section 8). */
export const EXIT = {
  done: 0,
  failed: 1,
  partial: 10,
  refused: 11,
  stale: 12,
  notAllowed: 13,
  noServer: 14,
  usage: 64,
  timedOut: 124,
  interrupted: 130,
} as const;

interface ErrorKind {
  /** HTTP status of the answer. */
  readonly status: number;
  /** What the CLI exits with. */
  readonly exit: number;
  /** One sentence for the reference page. */
  readonly summary: string;
}

/** Every error the server may answer with. docs/reference/errors.md is kept equal to this by test. */
export const API_ERRORS = {
  'bad-request': {
    status: 400,
    exit: EXIT.usage,
    summary: 'The request does not have the shape the API documents.',
  },
  'bad-target': {
    status: 400,
    exit: EXIT.usage,
    summary: 'A target is not `server`, `backend/server`, a glob or a range of them.',
  },
  'bad-node-set': {
    status: 400,
    exit: EXIT.usage,
    summary: 'A node set cannot be read; the column is named.',
  },
  'empty-node-set': { status: 400, exit: EXIT.usage, summary: 'The node set matches no node of the fleet.' },
  'bad-duration': {
    status: 400,
    exit: EXIT.usage,
    summary: 'A duration or a time cannot be read, or lies in the past.',
  },
  'bad-text': {
    status: 400,
    exit: EXIT.usage,
    summary: 'A reason, a name or a ticket holds control characters or is too long.',
  },
  'reason-needed': { status: 400, exit: EXIT.usage, summary: 'Overriding a guard needs a reason.' },
  'ambiguous-target': {
    status: 400,
    exit: EXIT.usage,
    summary: 'A name means more than one thing; the ways to say each are listed.',
  },
  'unknown-server': { status: 404, exit: EXIT.usage, summary: 'No instance in scope has this server.' },
  'unknown-backend': { status: 404, exit: EXIT.usage, summary: 'No instance in scope has this backend.' },
  'unknown-node': { status: 404, exit: EXIT.usage, summary: 'No node of this name is enrolled.' },
  'unknown-change': { status: 404, exit: EXIT.usage, summary: 'There is no change with this id.' },
  'not-found': { status: 404, exit: EXIT.usage, summary: 'There is nothing at this address of the API.' },
  'token-missing': { status: 401, exit: EXIT.notAllowed, summary: 'The request carries no token.' },
  'token-wrong': { status: 401, exit: EXIT.notAllowed, summary: 'The token is not known to this server.' },
  'token-expired': { status: 401, exit: EXIT.notAllowed, summary: 'The token has come to its end.' },
  'role-too-low': { status: 403, exit: EXIT.notAllowed, summary: 'The token’s role does not include this.' },
  'out-of-scope': {
    status: 403,
    exit: EXIT.notAllowed,
    summary: 'The token does not reach these backends or nodes.',
  },
  'unknown-token': { status: 404, exit: EXIT.usage, summary: 'There is no token of this name.' },
  'token-name-taken': { status: 409, exit: EXIT.failed, summary: 'There is a token of this name already.' },
  'last-admin-token': {
    status: 409,
    exit: EXIT.failed,
    summary: 'It is the last token that may make others; revoking it would lock everybody out.',
  },
  'join-token-wrong': {
    status: 401,
    exit: EXIT.notAllowed,
    summary: 'The join token is not the one of this fleet.',
  },
  'node-name-taken': {
    status: 409,
    exit: EXIT.failed,
    summary: 'Another agent is enrolled under this node name.',
  },
  'guard-refused': {
    status: 409,
    exit: EXIT.refused,
    summary: 'A guard refuses the change; the numbers and the override are named.',
  },
  'nothing-to-undo': {
    status: 409,
    exit: EXIT.failed,
    summary: 'The change has nothing left that could be undone.',
  },
  'nothing-to-retry': {
    status: 409,
    exit: EXIT.failed,
    summary: 'The change has no failed or pending instance.',
  },
  conflict: {
    status: 409,
    exit: EXIT.stale,
    summary: 'Somebody else changed the same thing at the same moment.',
  },
  'fleet-not-read-yet': {
    status: 503,
    exit: EXIT.stale,
    summary: 'No node has reported since the server started, so nothing can be judged.',
  },
  'node-unreachable': {
    status: 503,
    exit: EXIT.partial,
    summary: 'The node of a one-off operation is not connected.',
  },
  recovering: {
    status: 503,
    exit: EXIT.noServer,
    summary: 'The store is being recovered from the agents; nothing else is answered meanwhile.',
  },
  'store-behind': {
    status: 409,
    exit: EXIT.stale,
    summary: 'Agents hold what this store never wanted: it is an old backup, a clone, or was cut off.',
  },
  'not-unadopted': { status: 409, exit: EXIT.failed, summary: 'The node does not wait to be adopted.' },
  'store-full': {
    status: 507,
    exit: EXIT.failed,
    summary: 'The disk under the store is full; nothing was changed.',
  },
  'store-unavailable': {
    status: 503,
    exit: EXIT.failed,
    summary: 'The store does not answer; nothing was changed.',
  },
  'too-large': { status: 413, exit: EXIT.usage, summary: 'The request is larger than the server takes.' },
  internal: {
    status: 500,
    exit: EXIT.failed,
    summary: 'A fault in hafleet. The log of the server has the request id.',
  },
  'server-unreachable': {
    status: 0,
    exit: EXIT.noServer,
    summary: 'The hafleet server cannot be reached (said by the client, never by the server).',
  },
  'answer-unreadable': {
    status: 0,
    exit: EXIT.noServer,
    summary: 'What answered is not a hafleet server of this API version (said by the client).',
  },
} as const satisfies Record<string, ErrorKind>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** An error that crosses the API: `code` decides HTTP status and exit code. */
export class ApiError extends HafleetError<ApiErrorCode> {
  /** Id of the request in the server's log, where one was made. */
  readonly requestId: string | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    details: ErrorDetails & { readonly requestId?: string } = {},
  ) {
    super(code, message, details);
    this.name = 'ApiError';
    this.requestId = details.requestId;
  }
}

export function isApiErrorCode(code: string): code is ApiErrorCode {
  return Object.hasOwn(API_ERRORS, code);
}
