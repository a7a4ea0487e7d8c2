import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEmbeddedStore } from './embedded-store.ts';
import { bundleProgram, startProgram } from './fixtures/child.ts';
import { tempFolder } from './fixtures/temp-folder.ts';

const KILLS = 24;

interface Ack {
  readonly key: string;
  readonly revision: number;
}

describe('an embedded store whose process is killed', () => {
  it('has every write that was acknowledged, and goes on with its revisions', async () => {
    const folder = await tempFolder();
    const program = await bundleProgram('writer', folder);
    const path = join(folder, 'store.db');
    let last = 0;
    for (let run = 0; run < KILLS; run++) {
      const acks = await writeUntilKilled(program, path, { run, after: 1 + Math.floor(Math.random() * 150) });
      expect(acks[0]?.revision).toBeGreaterThan(last);
      last = await checkAll(path, acks);
    }
  }, 60_000);
});

async function writeUntilKilled(
  program: string,
  path: string,
  { run, after }: { readonly run: number; readonly after: number },
): Promise<Ack[]> {
  const child = startProgram(program, path, String(run));
  const acks: Ack[] = [];
  let killed: Promise<void> | undefined;
  for await (const line of child.lines) {
    const [key, revision] = line.split(' ');
    if (key && revision) acks.push({ key, revision: Number(revision) });
    if (acks.length >= after) killed ??= child.kill();
  }
  await killed;
  expect(acks.length).toBeGreaterThanOrEqual(after);
  return acks;
}

/** Answers the revision of the store. */
async function checkAll(path: string, acks: readonly Ack[]): Promise<number> {
  const store = await openEmbeddedStore({ path });
  try {
    for (const { key, revision } of acks) {
      const [entry] = (await store.range({ key })).entries;
      expect(entry?.createRevision, key).toBe(revision);
    }
    const { revision, entries } = await store.range({ prefix: 'last/' });
    expect(revision).toBeGreaterThanOrEqual(Math.max(...acks.map((ack) => ack.revision)));
    // Both keys of a transaction or none.
    for (const { value, modRevision } of entries)
      expect((await store.range({ key: value })).entries[0]?.modRevision).toBe(modRevision);
    return revision;
  } finally {
    await store.close();
  }
}
