import { type Backoff, type Clock, createBackoff, errorText, isHafleetError } from '../../lib/index.ts';
import { type Failure, type Operation, aspectKey } from '../../plan/index.ts';

const FIRST_MS = 1_000;
const MAX_MS = 30_000;

interface Entry {
  readonly failure: Omit<Failure, 'waiting'>;
  readonly backoff: Backoff;
  nextAt: number;
}

/** Operations that failed, and when each may be tried again. A new revision or a new worker does not wait. */
export interface Retries {
  failed(operation: Operation, about: { revision: number; worker: string; error: unknown }): void;
  succeeded(operation: Operation): void;
  /** For the plan, as of now. */
  failures(): ReadonlyMap<string, Failure>;
  clear(): void;
}

export function createRetries(clock: Clock): Retries {
  const entries = new Map<string, Entry>();
  return {
    failed(operation, { revision, worker, error }) {
      const key = keyOf(operation);
      const known = entries.get(key);
      const intent = operation.intent ?? '';
      const isSame =
        known?.failure.intent === intent &&
        known.failure.revision === revision &&
        known.failure.worker === worker;
      const backoff = isSame ? known.backoff : createBackoff({ firstMs: FIRST_MS, maxMs: MAX_MS });
      const code = isHafleetError(error) ? error.code : 'failed';
      entries.set(key, {
        failure: { intent, revision, worker, code, message: failureText(error) },
        backoff,
        nextAt: clock.monotonicMs() + backoff.next(),
      });
    },
    succeeded: (operation) => void entries.delete(keyOf(operation)),
    failures() {
      const now = clock.monotonicMs();
      return new Map(
        [...entries].map(([key, { failure, nextAt }]) => [key, { ...failure, waiting: now < nextAt }]),
      );
    },
    clear: () => entries.clear(),
  };
}

/** With the next step, where the error knows one: this text is all that the operator far away gets to see. */
function failureText(error: unknown): string {
  const hint = isHafleetError(error) ? error.hint : undefined;
  return hint === undefined ? errorText(error) : `${errorText(error)} (${hint})`;
}

/** As the plan looks failures up: by aspect, a correction by its kind. */
export function keyOf(operation: Operation): string {
  const { kind, backend, server } = operation;
  if (kind === 'set-weight') return aspectKey(backend, server, 'weight');
  return aspectKey(backend, server, kind === 'set-state' || kind === 'start-gate' ? 'state' : kind);
}
