import { StoreError } from './errors.ts';
import { checkText, isSelected, type Selector } from './key-range.ts';
import type { Op, RangeRequest, StoreLimits, TxnRequest, WatchRequest } from './store.ts';

/** What etcd 3.5 takes with its default settings (`--max-txn-ops`, `--max-request-bytes` less its own overhead). */
export const DEFAULT_LIMITS: StoreLimits = {
  keyBytes: 4096,
  valueBytes: 1024 * 1024,
  txnOps: 128,
  txnBytes: 1_500_000,
};

/** Throws `invalid-request`, `value-too-large` or `txn-too-large`; every driver calls it first, so all refuse alike. */
export function checkTxn(request: TxnRequest, limits: StoreLimits): void {
  const { compare = [], success = [], failure = [] } = request;
  for (const list of [compare, success, failure]) checkCount(list.length, limits);
  for (const one of compare) {
    checkKey(one.key, limits);
    if (one.target === 'value') checkText(`the value compared with ${one.key}`, one.value);
  }
  for (const branch of [success, failure]) checkBranch(branch, limits);
}

export function checkRange(request: RangeRequest, limits: StoreLimits): void {
  checkSelector(request, limits);
  checkRevision('atRevision', request.atRevision);
  if ('key' in request) return;
  const { limit, after } = request;
  if (after !== undefined) checkText('after', after);
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1))
    throw new StoreError('invalid-request', `limit is ${limit}: it must be a whole number from 1`);
}

function checkSelector(selector: Selector, limits: StoreLimits): void {
  if ('key' in selector) checkKey(selector.key, limits);
  else checkText('a prefix', selector.prefix);
}

export function checkWatch(request: WatchRequest, limits: StoreLimits): void {
  checkSelector(request, limits);
  checkRevision('fromRevision', request.fromRevision);
}

export function checkTtl(ttlMs: number): void {
  if (Number.isFinite(ttlMs) && ttlMs > 0) return;
  throw new StoreError('invalid-request', `a lease of ${ttlMs} ms: it must be more than 0`);
}

function checkRevision(what: string, revision: number | undefined): void {
  if (revision === undefined || (Number.isSafeInteger(revision) && revision >= 1)) return;
  throw new StoreError('invalid-request', `${what} is ${revision}: revisions are whole numbers from 1`);
}

function checkCount(ops: number, { txnOps }: StoreLimits): void {
  if (ops <= txnOps) return;
  throw new StoreError('txn-too-large', `${ops} operations in one transaction, ${txnOps} is the most`, {
    hint: 'Split it, or write under a new prefix first and switch to it in one last transaction.',
    facts: { ops, limit: txnOps },
  });
}

function checkBranch(ops: readonly Op[], limits: StoreLimits): void {
  let size = 0;
  for (const op of ops) {
    if (op.type === 'range') checkRange(op, limits);
    else checkSelector(op, limits);
    if (op.type === 'put') size += checkPut(op, limits);
  }
  if (size > limits.txnBytes)
    throw new StoreError(
      'txn-too-large',
      `${size} bytes in one transaction, ${limits.txnBytes} is the most`,
      {
        facts: { bytes: size, limit: limits.txnBytes },
      },
    );
  checkNoDouble(ops);
}

function checkPut(op: { readonly key: string; readonly value: string }, limits: StoreLimits): number {
  checkText(`the value of ${op.key}`, op.value);
  const size = Buffer.byteLength(op.value);
  if (size > limits.valueBytes)
    throw new StoreError('value-too-large', `${op.key}: ${size} bytes, ${limits.valueBytes} is the most`, {
      facts: { key: op.key, bytes: size, limit: limits.valueBytes },
    });
  return size + Buffer.byteLength(op.key);
}

function checkKey(key: string, limits: StoreLimits): void {
  if (key === '') throw new StoreError('invalid-request', 'a key cannot be empty');
  checkText('a key', key);
  if (Buffer.byteLength(key) > limits.keyBytes)
    throw new StoreError('value-too-large', `a key of more than ${limits.keyBytes} bytes`);
}

/** etcd refuses this too: a key's state between two changes of one revision could never be read. */
function checkNoDouble(ops: readonly Op[]): void {
  const puts = new Set<string>();
  for (const op of ops) {
    if (op.type !== 'put') continue;
    if (puts.has(op.key)) throw new StoreError('invalid-request', `${op.key} is put twice`);
    puts.add(op.key);
  }
  for (const op of ops) {
    if (op.type !== 'delete') continue;
    for (const key of 'key' in op ? [op.key] : puts)
      if (puts.has(key) && isSelected(op, key))
        throw new StoreError('invalid-request', `${key} is put and deleted in one transaction`);
  }
}
