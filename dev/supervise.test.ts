import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, createSandbox } from './sandbox.ts';
import { type SuperviseOptions, supervise } from './supervise.ts';
import { waitUntil } from './wait.ts';

describe('a supervised process', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await createSandbox({ name: 'hf-test' });
  });
  afterEach(() => sandbox.close());

  const start = (command: string, more: Partial<SuperviseOptions> = {}) =>
    supervise({
      sandbox,
      name: 'it',
      command: 'bash',
      args: ['-c', command],
      logFile: join(sandbox.folder, 'it.log'),
      isReady: async () => true,
      restartAfterMs: 10,
      ...more,
    });

  it('is started again when it dies, and prepared before each start', async () => {
    let prepared = 0;
    const it = await start('exec sleep 1000', { prepare: async () => void prepared++ });
    const first = it.pid;
    it.kill('SIGKILL');
    await waitUntil(() => it.restarts === 1 && it.pid !== first, { for: 'the restart' });
    expect(prepared).toBe(2);
  });

  it('starts although its preparation failed', async () => {
    const it = await start('exec sleep 1000', { prepare: () => Promise.reject(new Error('no')) });
    expect(it.child.running).toBe(true);
  });

  it('stays away when stopped, and comes back when started', async () => {
    const it = await start('exec sleep 1000');
    await it.stop();
    expect(it.child.running).toBe(false);
    expect(sandbox.processes()).toEqual([]);
    await it.start();
    expect(it.child.running).toBe(true);
    expect(it.restarts).toBe(0);
  });

  it('takes its children along', async () => {
    const it = await start('sleep 1000 & sleep 1000');
    await waitUntil(() => sandbox.processes().length === 3, { for: 'the children' });
    await it.stop();
    expect(sandbox.processes()).toEqual([]);
  });

  it('is killed when it ignores SIGTERM', async () => {
    const it = await start("trap '' TERM; echo ready; while :; do sleep 1000; done", {
      isReady: async () => readFileSync(join(sandbox.folder, 'it.log'), 'utf8').includes('ready'),
    });
    await it.stop({ graceMs: 50 });
    expect(sandbox.processes()).toEqual([]);
  });

  it('can be stopped while it is frozen', async () => {
    const it = await start('exec sleep 1000');
    it.freeze();
    await it.stop();
    expect(sandbox.processes()).toEqual([]);
  });

  it('says the end of its log when it does not start', async () => {
    const failed = start('echo because; exit 3', { isReady: async () => false });
    await expect(failed).rejects.toThrow(/it did not start:\nbecause/);
  });

  it('says that a command is missing', async () => {
    await expect(start('', { command: '/nonexistent', isReady: async () => false })).rejects.toThrow(
      /did not start/,
    );
  });
});
