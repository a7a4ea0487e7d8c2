import { bytes, keyRange } from '../key-range.ts';
import type { Compare, Op, OpResponse, TxnRequest, TxnResult } from '../store.ts';
import type { LeaseId } from './leases.ts';
import type { Ledger, Writer } from './ledger.ts';
import type { EntryRow } from './rows.ts';
import { readRange } from './range.ts';
import type { Tables } from './tables.ts';

export interface TxnContext {
  readonly tables: Tables;
  readonly ledger: Ledger;
  /** Throws `lease-not-found`. */
  readonly checkLease: (id: string) => LeaseId;
}

/** Runs one checked transaction. Refuses (throws a StoreError) only before the first write. */
export function runTxn(context: TxnContext, request: TxnRequest): TxnResult {
  const { tables, ledger } = context;
  const succeeded = (request.compare ?? []).every((compare) => holds(tables, compare));
  const ops = (succeeded ? request.success : request.failure) ?? [];
  const leases = new Map(leasesOf(ops).map((id) => [id, context.checkLease(id)]));
  const responses = ledger.change((writer) => ops.map((op) => runOp({ tables, writer, leases }, op)));
  return { succeeded, revision: ledger.revision, responses };
}

function holds(tables: Tables, compare: Compare): boolean {
  const row = tables.get(bytes(compare.key));
  const isRight = ORDER[compare.op];
  if (compare.target === 'value')
    return row !== undefined && isRight(Buffer.compare(row.value, bytes(compare.value)));
  return isRight(numberOf(row, compare.target) - compare.value);
}

const ORDER: Readonly<Record<Compare['op'], (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '<': (order) => order < 0,
};

function numberOf(row: EntryRow | undefined, target: 'createRevision' | 'modRevision' | 'version'): number {
  if (!row) return 0;
  if (target === 'version') return row.version;
  return target === 'createRevision' ? row.create_revision : row.mod_revision;
}

function leasesOf(ops: readonly Op[]): string[] {
  return ops.flatMap((op) => (op.type === 'put' && op.lease !== undefined ? [op.lease] : []));
}

interface Running {
  readonly tables: Tables;
  readonly writer: Writer;
  readonly leases: ReadonlyMap<string, LeaseId>;
}

function runOp({ tables, writer, leases }: Running, op: Op): OpResponse {
  if (op.type === 'range') return { type: 'range', ...readRange(tables, op) };
  if (op.type === 'delete') return { type: 'delete', deleted: removeAll(tables, writer, op) };
  writer.put(bytes(op.key), bytes(op.value), leases.get(op.lease ?? '') ?? null);
  return { type: 'put' };
}

function removeAll(tables: Tables, writer: Writer, op: { key: string } | { prefix: string }): number {
  const { from, to } = keyRange(op);
  return tables.keysIn(from, to).filter((key) => writer.remove(key)).length;
}
