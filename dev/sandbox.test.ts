import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startChild } from './child.ts';
import { type Sandbox, createSandbox } from './sandbox.ts';
import { waitUntil } from './wait.ts';

describe('a sandbox', () => {
  const open: Sandbox[] = [];
  const sandbox = async () => {
    const made = await createSandbox({ name: 'hf-test' });
    open.push(made);
    return made;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()));
  });

  it('has loopback addresses that no other sandbox has', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, sandbox));
    expect(new Set(all.map((made) => made.address('node', 1))).size).toBe(8);
    expect(all[0]?.address('app', 7)).toMatch(/^127\.\d+\.20\.7$/);
  });

  it('gives out the addresses of an area in order', async () => {
    const made = await sandbox();
    expect([made.nextAddress('app'), made.nextAddress('app')]).toEqual([
      made.address('app', 1),
      made.address('app', 2),
    ]);
    expect(made.address('app', 255)).toBe(made.address('app', 1).replace('.20.1', '.21.1'));
    expect(() => made.address('app', 2541)).toThrow(/1 to 2540/);
  });

  it('ends what closers did not end, removes its folder, and lets nothing start afterwards', async () => {
    const made = await sandbox();
    const options = {
      sandbox: made,
      // The grandchild makes itself a session of its own, as a daemon does.
      command: 'bash',
      args: ['-c', 'setsid sleep 1000 & sleep 1000'],
      logFile: join(made.folder, 'log'),
    };
    startChild(options);
    await waitUntil(() => made.processes().length === 3, { for: 'bash and two sleeps' });
    await made.close();
    expect(made.processes()).toEqual([]);
    expect(existsSync(made.folder)).toBe(false);
    expect(() => startChild(options)).toThrow(/closed/);
  });

  it('runs closers last registered first', async () => {
    const made = await sandbox();
    const order: number[] = [];
    for (const step of [1, 2, 3]) made.onClose(async () => void order.push(step));
    await Promise.all([made.close(), made.close()]);
    expect(order).toEqual([3, 2, 1]);
  });

  it('keeps the folder when asked to', async () => {
    const made = await createSandbox({ name: 'hf-test', keepFolder: true });
    await made.close();
    expect(existsSync(made.folder)).toBe(true);
    await waitUntil(async () => (await endOf('rm', ['-r', made.folder])) === 0, { for: 'rm' });
  });
});

function endOf(command: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => spawn(command, args).once('exit', resolve));
}
