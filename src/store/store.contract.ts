import { describe } from 'vitest';
import type { OpenStore } from './contract/harness.contract.ts';
import { leaseContract } from './contract/lease.contract.ts';
import { lockContract } from './contract/lock.contract.ts';
import { modelContract } from './contract/model.contract.ts';
import { rangeContract } from './contract/range.contract.ts';
import { txnContract } from './contract/txn.contract.ts';
import { watchContract } from './contract/watch.contract.ts';

export type { StoreUnderTest } from './contract/harness.contract.ts';

/** What every store must pass. `open` gives an empty one each time. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`${name} transactions`, () => txnContract(open));
  describe(`${name} ranges`, () => rangeContract(open));
  describe(`${name} watches`, () => watchContract(open));
  describe(`${name} leases`, () => leaseContract(open));
  describe(`${name} locks`, () => lockContract(open));
  describe(`${name} against a model`, () => modelContract(open));
}
