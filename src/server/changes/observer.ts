import type { GuardName } from '../../model/index.ts';
import type { ChangeRecord } from '../store/records.ts';

/** Told of what becomes of changes, after it was written. Must not throw. */
export interface ChangeObserver {
  accepted(record: ChangeRecord): void;
  /** A guard refused; nothing was written. */
  refused(asked: {
    readonly kind: ChangeRecord['kind'];
    readonly who: string;
    readonly guards: readonly GuardName[];
  }): void;
  /** The state has changed from `before`. */
  moved(record: ChangeRecord, before: ChangeRecord['state']): void;
}
