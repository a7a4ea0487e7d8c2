import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Fleet, createSandbox, startLoad, waitUntil } from '../../dev/index.ts';
import { systemErrorCode } from '../../src/lib/index.ts';
import { adminOf, expectError, expectExit, fleetsOfThisFile, untilAdmin } from '../support/fleet-facts.ts';

const start = fleetsOfThisFile();

const WEB = { web: ['web1', 'web2', 'web3', 'web4'] };
const disable = (fleet: Fleet, target: string, ...more: string[]) =>
  fleet.hafleet('server', 'disable', target, '--yes', ...more);

async function untilDone(fleet: Fleet, id: string): Promise<void> {
  await waitUntil(async () => (await fleet.control?.api().change(id))?.state === 'done', {
    for: `${id} done`,
  });
}

describe('a full disk under the store', () => {
  const mounted: string[] = [];
  afterEach(() => {
    for (const folder of mounted.splice(0)) unmount(folder);
  });

  it.each(waysToFill())(
    '%s: refused with a next step, nothing is changed, nothing is lost',
    async (_name, way) => {
      const sandbox = await createSandbox();
      const folder = join(sandbox.folder, 'control/data');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (way === 'mount') {
        mount(folder);
        mounted.push(folder);
      }
      const fleet = await start({
        sandbox,
        nodes: ['lb1', 'lb2'].map((name) => ({ name })),
        backends: WEB,
        stateFile: true,
        control: true,
      });
      const [lb1] = fleet.instances;
      expectExit(await disable(fleet, 'web/web1'), 0);
      const load = await startLoad({ sandbox, targets: fleet.targets, rate: 300, durationMs: 60_000 });
      const disk = way === 'mount' ? fillMount(folder) : limitFiles(fleet.control?.process.pid ?? 0);
      const refused = await disable(fleet, 'web/web2');
      expectError(refused, 1, way === 'mount' ? /disk .*full/ : /store/);
      for (const instance of fleet.instances) expect(await adminOf(instance, 'web/web2')).toBe('ready');
      expectExit(await fleet.hafleet('status'), 1);
      // What was wanted holds on: the store is not asked for it.
      await lb1?.haproxy.reload();
      if (lb1) await untilAdmin(lb1, 'web/web1', 'maint', 1_000);
      disk.free();
      expectExit(await disable(fleet, 'web/web2'), 0);
      await fleet.control?.process.stop({ signal: 'SIGKILL' });
      await fleet.control?.process.start();
      const api = fleet.control?.api();
      await waitUntil(async () => (await api?.nodes())?.items.every(({ connected }) => connected), {
        for: 'both agents',
      });
      const held = (await api?.status())?.intents.map(({ server }) => server).sort();
      expect(held).toEqual(['web1', 'web2']);
      expect((await load.stop()).failed).toBe(0);
    },
  );
});

describe('a full disk under an agent', () => {
  it('nothing is acknowledged that it could not write down, and all of it is once there is room', async () => {
    const fleet = await start({
      nodes: ['lb1', 'lb2'].map((name) => ({ name })),
      backends: WEB,
      control: true,
    });
    const { agent } = fleet.node('lb2');
    const disk = limitFiles(agent?.process.pid ?? 0);
    const result = await disable(fleet, 'web/web1');
    expectExit(result, 10);
    expect(result.stdout).toMatch(/ok\s+lb1/);
    expect(result.stdout).toMatch(/(failed|pending)\s+lb2/);
    const { restarts } = agent?.process ?? { restarts: -1 };
    expect(restarts, 'a full disk ended the agent').toBe(0);
    disk.free();
    await untilDone(fleet, 'CHG-1');
    expect(await adminOf(fleet.instance('lb2/http'), 'web/web1')).toBe('maint');
  });
});

/** A small file system where this process may mount one, and the kernel's limit for the size of files everywhere. */
function waysToFill(): [string, 'mount' | 'limit'][] {
  const limit: [string, 'limit'] = ['no file may grow', 'limit'];
  return canMount() ? [['no space on its file system', 'mount'], limit] : [limit];
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'hafleet-mount-'));
  try {
    mount(folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

function mount(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', folder], { stdio: 'ignore' });
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
}

/** Until nothing fits any more: the store writes meanwhile, so the room that is left cannot be computed. */
function fillMount(folder: string): { free(): void } {
  const filler = join(folder, 'filler');
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(4_096), { flag: 'a' });
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ENOSPC') throw thrown;
  }
  return { free: () => rmSync(filler) };
}

/** Not a byte to any file, logs included. Node ignores the signal that comes with it, so a write fails as one on a full disk does. */
function limitFiles(pid: number): { free(): void } {
  const set = (limit: string) => execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${limit}:unlimited`]);
  set('0');
  return { free: () => void set('unlimited') };
}
