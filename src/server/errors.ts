import { ApiError } from '../api/index.ts';
import { isHafleetError } from '../lib/index.ts';

/** What the store's failures are called to a client. Anything else that is thrown is a fault of ours: `internal`. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (isHafleetError(thrown) && thrown.code === 'store-full')
    return new ApiError('store-full', 'the disk under the store is full: nothing was changed', {
      hint: 'make room on the disk of the data folder, then say the same again',
      retryable: true,
      cause: thrown,
    });
  if (isHafleetError(thrown) && (thrown.code.startsWith('store-') || thrown.code.startsWith('value-')))
    return new ApiError('store-unavailable', `the store refused: ${thrown.message}`, {
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      retryable: thrown.retryable,
      cause: thrown,
    });
  return new ApiError('internal', 'something went wrong inside hafleet', {
    hint: 'look for the request id in the log of the hafleet server',
    cause: thrown,
  });
}
