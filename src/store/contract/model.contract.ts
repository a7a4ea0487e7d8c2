import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Compare, Entry, Op, RangeResult, Store, TxnRequest } from '../store.ts';
import { createModel, type Model } from './model-store.contract.ts';
import { revisionOf, takeUntil, type OpenStore } from './harness.contract.ts';

export function modelContract(open: OpenStore): void {
  it('answers random transactions, reads of every revision and watches as an obvious model does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const under = await open();
        try {
          let { store } = under;
          const base = await revisionOf(store);
          const model = createModel(base);
          for (const one of steps) {
            if (one === 'reopen') store = await under.reopen();
            else if (Array.isArray(one)) await checkTogether(store, model, one);
            else expect(await store.txn(one)).toEqual(model.txn(one));
          }
          await checkHistory(store, model, base);
        } finally {
          await under.close();
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
}

/** Called in one turn, they run in the order of the calls. */
async function checkTogether(store: Store, model: Model, requests: readonly TxnRequest[]): Promise<void> {
  const results = await Promise.all(requests.map((request) => store.txn(request)));
  expect(results).toEqual(requests.map((request) => model.txn(request)));
}

async function checkHistory(store: Store, model: Model, base: number): Promise<void> {
  const head = await revisionOf(store);
  for (let revision = Math.max(1, base); revision <= head; revision++)
    for (const prefix of ['', 'a', 'a/']) {
      const entries = model.at(revision).filter((entry) => entry.key.startsWith(prefix));
      expect((await store.range({ prefix, atRevision: revision })).entries).toEqual(entries);
      expect(await pages(store, prefix, revision)).toEqual(entries.reverse());
    }
  for (const prefix of ['', 'a/'])
    for (const from of [base + 1, Math.ceil((base + 1 + head) / 2)]) {
      const wanted = model.history(prefix, from);
      const last = wanted.at(-1)?.revision;
      if (last === undefined) continue;
      expect(await takeUntil(store.watch({ prefix, fromRevision: from }), last)).toEqual(wanted);
    }
}

async function pages(store: Store, prefix: string, atRevision: number): Promise<Entry[]> {
  const found: Entry[] = [];
  for (let more = true; more;) {
    const after = found.at(-1)?.key;
    const page: RangeResult = await store.range({
      prefix,
      atRevision,
      limit: 2,
      order: 'descending',
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.entries);
    more = page.more;
  }
  return found;
}

const key = fc.constantFrom('a', 'a/', 'a/b', 'a/\u{1F600}', 'a/\uFFFD', 'a0', 'b', '\0');
const value = fc.oneof(fc.constantFrom('', '1', '2'), fc.string({ unit: 'binary', maxLength: 8 }));
const selector = fc.oneof(
  key.map((one) => ({ key: one })),
  fc.constantFrom('', 'a', 'a/', 'b').map((prefix) => ({ prefix })),
);

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('put' as const), key, value }) },
  selector.map((chosen) => ({ type: 'delete' as const, ...chosen })),
  selector.map((chosen) => ({ type: 'range' as const, ...chosen })),
);

const compare: fc.Arbitrary<Compare> = fc.oneof(
  fc.record({
    key,
    op: fc.constantFrom('=', '!=', '>', '<'),
    target: fc.constantFrom('createRevision', 'modRevision', 'version'),
    value: fc.nat({ max: 6 }),
  }),
  fc.record({ key, op: fc.constantFrom('=', '!=', '>', '<'), target: fc.constant('value' as const), value }),
);

/** What the contract refuses (a key changed twice) is left out here; it has a test of its own. */
const branch = fc
  .array(op, { maxLength: 4 })
  .map((ops) => ops.filter((one, i) => isAllowed(one, ops.slice(0, i))));

function isAllowed(one: Op, before: readonly Op[]): boolean {
  if (one.type === 'range') return true;
  const puts = before.flatMap((op) => (op.type === 'put' ? [op.key] : []));
  const covers = (op: Op, put: string): boolean =>
    op.type === 'delete' && ('key' in op ? op.key === put : put.startsWith(op.prefix));
  if (one.type === 'delete') return !puts.some((put) => covers(one, put));
  return !puts.includes(one.key) && !before.some((op) => covers(op, one.key));
}

const txn: fc.Arbitrary<TxnRequest> = fc.record({
  compare: fc.array(compare, { maxLength: 2 }),
  success: branch,
  failure: branch,
});

const step = fc.oneof(
  { weight: 8, arbitrary: txn },
  { weight: 3, arbitrary: fc.array(txn, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
);
