import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  anyVersion,
  startFleet,
  waitForAgents,
  waitUntil,
  type ControlServer,
  type Fleet,
  runCli,
  startAgent,
  startControlServer,
} from '../../dev/index.ts';

let fleet: Fleet;
let control: ControlServer;

afterEach(async () => {
  await fleet.close();
});

async function open(names: readonly string[]): Promise<void> {
  fleet = await startFleet({
    nodes: names.map((name) => ({ name, version: anyVersion() })),
    backends: { web: ['web1', 'web2', 'web3', 'web4'] },
    stateFile: true,
    control: true,
  });
  if (!fleet.control) throw new Error('no control server');
  control = fleet.control;
}

async function run(...args: readonly string[]) {
  const result = await fleet.hafleet(...args);
  expect(result.code, `${args.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result.stdout + result.stderr;
}

/** Does HAProxy itself hold the server in maint? */
async function isOut(instance: string, server: string): Promise<boolean> {
  const text = await fleet.instance(instance).haproxy.ask('show servers state web');
  const line = text.split('\n').find((one) => one.includes(` ${server} `));
  return (Number(line?.split(' ')[6]) & 1) === 1;
}

const store = () => join(control.dataFolder, 'store.db');
const recover = (...args: readonly string[]) =>
  run(
    'store',
    'recover',
    '--data',
    control.dataFolder,
    '--listen',
    `${control.address}:${control.port}`,
    ...args,
  );

function loseStore(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(store() + suffix, { force: true });
}

async function restart(nodes: readonly string[]): Promise<void> {
  await control.process.start();
  await waitForAgents(
    control,
    fleet.nodes.filter(({ name }) => nodes.includes(name)),
  );
}

describe('a store that is lost', () => {
  it('is not replaced by an empty one, and is rebuilt from the agents with nothing leaving maint', async () => {
    await open(['lb1', 'lb2']);
    await run('server', 'disable', 'web/web1', '--yes', '--reason', 'disk', '--for', '2h');
    await run('server', 'disable', 'web/web2', '--on', 'lb2', '--yes', '--reason', 'fan');
    await control.process.stop({ signal: 'SIGKILL' });
    loseStore();
    const refused = await fleet.hafleet(
      'serve',
      '--data',
      control.dataFolder,
      '--listen',
      `${control.address}:${control.port}`,
    );
    expect(refused.stderr).toContain('hafleet store recover');
    const preview = await recover('--wait', '4s', '--dry-run');
    expect(preview).toMatch(/Regains .*web\/web1 maint on \* by admin "disk" \(CHG-1\)/);
    await recover('--wait', '4s', '--yes');
    await restart(['lb1', 'lb2']);
    expect(await isOut('lb1/http', 'web1')).toBe(true);
    expect(await isOut('lb2/http', 'web2')).toBe(true);
    const api = control.api();
    await waitUntil(async () => (await api.nodes()).items.every(({ standing }) => standing === 'known'), {
      for: 'agents in the new epoch',
    });
    expect((await api.info()).epoch).toBe(2);
    expect((await api.change('CHG-2')).on).toBe('lb2');
    await run('server', 'enable', 'web/web1', '--yes');
    expect(await isOut('lb1/http', 'web1')).toBe(false);
    expect(await isOut('lb2/http', 'web2')).toBe(true);
  });
});

describe('yesterday’s backup', () => {
  it('decides nothing, says so everywhere with the command that mends it, and is mended by it', async () => {
    await open(['lb1', 'lb2']);
    await run('server', 'disable', 'web/web1', '--yes', '--reason', 'old');
    const backup = join(fleet.sandbox.folder, 'backup.db');
    await run('store', 'backup', '--data', control.dataFolder, '--out', backup);
    await run('server', 'enable', 'web/web1', '--yes');
    await run('server', 'disable', 'web/web2', '--yes', '--reason', 'new');
    const locked = await fleet.hafleet('store', 'restore', backup, '--data', control.dataFolder, '--yes');
    expect(locked.code).not.toBe(0);
    await control.process.stop();
    await run('store', 'restore', backup, '--data', control.dataFolder, '--yes');
    await restart(['lb1', 'lb2']);
    const api = control.api();
    await waitUntil(async () => (await api.nodes()).items.every(({ standing }) => standing === 'behind'), {
      for: 'both nodes known to be ahead',
    });
    expect([await isOut('lb1/http', 'web1'), await isOut('lb1/http', 'web2')]).toEqual([false, true]);
    const refused = await fleet.hafleet('server', 'disable', 'web/web3', '--yes');
    expect([refused.code, refused.stderr]).toEqual([12, expect.stringContaining('hafleet store recover')]);
    expect((await fleet.hafleet('node', 'show', 'lb1')).stdout).toContain('hafleet store recover');
    await control.process.stop();
    const text = await recover('--yes');
    expect(text).toMatch(/Drops .*web\/web1 .*ended since/);
    expect(text).toMatch(/Regains .*web\/web2 .*"new"/);
    await restart(['lb1', 'lb2']);
    await waitUntil(async () => (await api.nodes()).items.every(({ standing }) => standing === 'known'), {
      for: 'agents in the new epoch',
    });
    expect([await isOut('lb1/http', 'web1'), await isOut('lb1/http', 'web2')]).toEqual([false, true]);
    await run('server', 'disable', 'web/web3', '--yes');
  });

  it('undoes nothing either when it went on counting before an agent came', async () => {
    await open(['lb1']);
    const backup = join(fleet.sandbox.folder, 'backup.db');
    await run('store', 'backup', '--data', control.dataFolder, '--out', backup);
    await run('server', 'disable', 'web/web1', '--yes');
    await fleet.node('lb1').agent?.process.stop();
    await control.process.stop();
    copyFileSync(backup, store());
    for (const suffix of ['-wal', '-shm']) rmSync(store() + suffix, { force: true });
    await control.process.start();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
      await run('token', 'create', name, '--role', 'viewer');
    await fleet.node('lb1').agent?.process.start();
    const api = control.api();
    await waitUntil(async () => (await api.node('lb1')).standing === 'behind', {
      for: 'lb1 known to be ahead',
    });
    expect(await isOut('lb1/http', 'web1')).toBe(true);
  });
});

describe('a node that was off when the fleet was recovered', () => {
  it('keeps its state, waits to be adopted, and follows after a preview', async () => {
    await open(['lb1', 'lb2']);
    await run('server', 'disable', 'web/web1', '--yes', '--reason', 'disk');
    await fleet.node('lb2').agent?.process.stop();
    await run('server', 'enable', 'web/web1', '--on', 'lb1', '--yes');
    await control.process.stop();
    expect(await recover('--wait', '2s', '--yes')).toMatch(/Missing lb2/);
    await restart(['lb1']);
    await fleet.node('lb2').agent?.process.start();
    const api = control.api();
    await waitUntil(async () => (await api.node('lb2')).standing === 'unadopted', {
      for: 'lb2 waiting to be adopted',
    });
    expect(await isOut('lb2/http', 'web1')).toBe(true);
    const preview = await run('node', 'adopt', 'lb2', '--dry-run');
    expect(preview).toContain('lb2');
    await run('node', 'adopt', 'lb2', '--yes');
    await waitUntil(async () => (await api.node('lb2')).standing === 'known', { for: 'lb2 to follow' });
    const { change } = await api.createChange({ kind: 'disable', targets: ['web/web3'], waitMs: 10_000 });
    expect(change?.state).toBe('done');
  });
});

describe('a store that was cloned to a second server', () => {
  it('undoes nothing: the agent keeps to what it holds, and the copy says that it does not lead', async () => {
    fleet = await startFleet({
      nodes: [{ name: 'lb1', version: anyVersion(), agent: false }],
      backends: { web: ['web1', 'web2', 'web3'] },
    });
    const { sandbox } = fleet;
    const { paths } = fleet.instance('lb1/http').haproxy;
    const first = await startControlServer({ sandbox, name: 'first' });
    await first.process.stop();
    const second = await startControlServer({ sandbox, name: 'second' });
    await second.process.stop();
    await first.process.start();
    await startAgent({
      sandbox,
      name: 'lb1',
      servers: [first.url, second.url],
      tokenFile: first.joinTokenFile,
      instances: [{ name: 'http', paths }],
    });
    const node = { name: 'lb1', instances: [1] };
    await waitForAgents(first, [node]);
    const copy = await runCli(
      ['store', 'backup', '--data', first.dataFolder, '--out', join(sandbox.folder, 'clone.db')],
      { sandbox },
    );
    expect(copy.code, copy.stderr).toBe(0);
    for (const file of ['store.db', 'store.db-wal', 'store.db-shm'])
      rmSync(join(second.dataFolder, file), { force: true });
    copyFileSync(join(sandbox.folder, 'clone.db'), join(second.dataFolder, 'store.db'));
    for (const file of ['fleet.key', 'admin.token'])
      copyFileSync(join(first.dataFolder, file), join(second.dataFolder, file));
    const out = await first.api().createChange({ kind: 'disable', targets: ['web/web1'], waitMs: 10_000 });
    expect(out.change?.state).toBe('done');
    await second.process.start();
    const api = second.api();
    await waitUntil(async () => (await api.node('lb1')).standing === 'behind', {
      for: 'the copy to see that it does not lead',
    });
    await expect(api.createChange({ kind: 'disable', targets: ['web/web2'] })).rejects.toMatchObject({
      code: 'store-behind',
    });
    expect([await isOut('lb1/http', 'web1'), await isOut('lb1/http', 'web2')]).toEqual([true, false]);
    const again = await first.api().createChange({ kind: 'enable', targets: ['web/web1'], waitMs: 15_000 });
    expect(again.change?.state).toBe('done');
  });
});
