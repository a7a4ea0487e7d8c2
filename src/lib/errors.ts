/** What an error may carry besides its text. Every field is safe to show a person. */
export interface ErrorDetails {
  /** What to do next, one sentence or one command. */
  readonly hint?: string;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  /** Facts behind the text: numbers, names. Plain JSON. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error of the house: a stable kebab-case `code`, a sentence, and where possible the next step.
 * Areas narrow `Code` to their own union so that a switch over it can be exhaustive.
 */
export class HafleetError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HafleetError';
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
    this.facts = details.facts ?? {};
  }
}

export function isHafleetError(value: unknown): value is HafleetError {
  return value instanceof HafleetError;
}

/** The text of anything thrown, never a stack trace. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Node's error code (ENOENT, ECONNREFUSED …) of anything thrown, or undefined. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
