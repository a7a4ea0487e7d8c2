import type { Op } from '../../store/index.ts';
import { KEYS } from '../store/keys.ts';
import type { IntentRecord } from '../store/records.ts';

export function putIntent(intent: IntentRecord & { readonly revision?: number }): Op {
  const { revision: _revision, ...record } = intent;
  return { type: 'put', key: KEYS.intent(record.id), value: JSON.stringify(record) };
}

export function removeIntent(id: string): Op {
  return { type: 'delete', key: KEYS.intent(id) };
}
