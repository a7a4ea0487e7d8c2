import { describe, expect, it, onTestFinished } from 'vitest';
import { storeClosed, StoreError } from '../errors.ts';
import { createCommitQueue, type CommitQueue } from './commit-queue.ts';
import { loadSqlite } from './sqlite-driver.ts';

interface QueueUnderTest {
  readonly queue: CommitQueue;
  readonly insert: (value: number) => Promise<void>;
  readonly values: () => unknown[];
  readonly log: string[];
}

async function openQueue(): Promise<QueueUnderTest> {
  const db = (await loadSqlite()).open(':memory:', {});
  onTestFinished(() => db.close());
  db.exec('CREATE TABLE t (x)');
  const log: string[] = [];
  const queue = createCommitQueue(db, {
    begin: () => log.push('begin'),
    beforeCommit: () => {},
    committed: () => log.push('committed'),
    rolledBack: () => log.push('rolled back'),
  });
  const insert = (value: number) => queue.run(() => void db.prepare('INSERT INTO t VALUES (?)').run(value));
  const values = () =>
    (db.prepare('SELECT x FROM t ORDER BY x').all() as { x: unknown }[]).map((row) => row.x);
  return { queue, insert, values, log };
}

describe('the commit queue', () => {
  it('puts what is called in one turn into one commit', async () => {
    const { insert, values, log } = await openQueue();
    await Promise.all([insert(1), insert(2), insert(3)]);
    expect(values()).toEqual([1, 2, 3]);
    expect(log).toEqual(['begin', 'committed']);
  });

  it('commits the others when one is refused', async () => {
    const { queue, insert, values } = await openQueue();
    const refused = queue.run(() => {
      throw new StoreError('invalid-request', 'no');
    });
    const [first, second, third] = await Promise.allSettled([insert(1), refused, insert(3)]);
    expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(values()).toEqual([1, 3]);
  });

  it('undoes the whole commit when something breaks, and goes on', async () => {
    const { queue, insert, values, log } = await openQueue();
    const broken = queue.run(() => {
      throw new TypeError('a bug');
    });
    const results = await Promise.allSettled([insert(1), broken]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    await insert(2);
    expect(values()).toEqual([2]);
    expect(log).toEqual(['begin', 'rolled back', 'begin', 'committed']);
  });

  it('commits what waits when it is closed, and refuses the rest', async () => {
    const { queue, insert, values } = await openQueue();
    const waiting = insert(1);
    queue.close();
    await waiting;
    await expect(insert(2)).rejects.toEqual(storeClosed());
    expect(values()).toEqual([1]);
  });
});
